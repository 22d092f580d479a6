"""Microsoft Entra: people sign in and allow access there, and apps get tokens of their own."""
