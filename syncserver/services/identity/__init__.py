"""Who somebody is, by password, second factor and device, and as whom they may act."""
