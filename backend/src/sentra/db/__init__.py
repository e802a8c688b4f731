"""The database: Tortoise models, one module per noun, and migrations."""
