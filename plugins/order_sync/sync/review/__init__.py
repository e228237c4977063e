"""What a person does about an order; the console and the command line call these."""
