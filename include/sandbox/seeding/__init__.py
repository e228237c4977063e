"""What the seed sows: people, products, baskets, sales, and the books as they were before the first order came over."""
