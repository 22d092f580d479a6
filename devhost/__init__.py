"""Run an Azure Functions app (Python v2 model) on one machine.

Everything here goes through the public API of azure-functions and knows nothing of
the app it runs. Where Microsoft's host has a rule, the rule is kept, odd or not: what
works here works there.
"""
