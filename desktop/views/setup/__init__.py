"""The owner's set-up: services, people and rooms, hours, and the policies of the business."""
