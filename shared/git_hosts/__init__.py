"""The services that repositories live on; another one is another folder here."""
