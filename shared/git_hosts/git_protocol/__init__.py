"""Git's own protocol: the refs and the history of any repository, in a few calls.

::

    remote = HttpRemote(url, sessions=sessions, headers=headers)      # or SshRemote
    refs = read_refs(remote)
    for commits in read_history(remote, wanted=heads, known=older): …
"""
