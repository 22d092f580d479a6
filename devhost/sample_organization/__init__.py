"""A sample Azure DevOps organization over real git repositories, on one machine.

It answers as Azure DevOps Services does, with its oddities: messages cut at their first line,
sign-in pages instead of 401, ref updates that are refused with 200. It listens on loopback.
"""

from .clock import Clock
from .faults import Where
from .sample import SampleOrganization
from .stories import tell_stories

__all__ = ["Clock", "SampleOrganization", "Where", "tell_stories"]
