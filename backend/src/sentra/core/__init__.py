"""The language of Sentra: types and pure functions; standard library and msgspec only."""
