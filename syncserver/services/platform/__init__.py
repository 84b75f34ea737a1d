"""What platform people work on: tenants, people, devices, grants, plans."""
