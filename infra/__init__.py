"""What an installation in Azure is made from: the resources, and the package."""
