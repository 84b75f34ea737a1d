"""What a customer or a business may ask for of its data: all of it, or none of it left."""
