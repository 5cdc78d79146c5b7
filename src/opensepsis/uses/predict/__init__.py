"""`opensepsis predict`: who will have sepsis in the next hours, what that is worth, and where it fails. For research and teaching."""

from opensepsis.uses.predict.evaluate import evaluate
from opensepsis.uses.predict.model import Model, read_model, write_model
from opensepsis.uses.predict.train import train

__all__ = ["Model", "evaluate", "read_model", "train", "write_model"]
