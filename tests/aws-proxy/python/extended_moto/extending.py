"""How moto's classes are extended."""


def extend(owner: object, name: str, value: object) -> None:
    """Puts something in the place of what moto has under this name, or adds it."""
    setattr(owner, name, value)
