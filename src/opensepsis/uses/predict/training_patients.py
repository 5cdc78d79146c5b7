"""Whether patients were learned from: then each is judged by the folds that have not seen him, or not at all."""

import numpy as np

from opensepsis.errors import DefinitionError
from opensepsis.uses.predict.data import Cohort, patients_digest
from opensepsis.uses.predict.model import Model
from opensepsis.uses.predict.splits import patient_folds


def folds_of_training(model: Model, cohort: Cohort) -> np.ndarray | None:
    """The fold of each stay where the patients are exactly those of the training; None where none of the hospitals was learned from.

    DefinitionError where some were: they cannot be judged beside others.
    """
    training = model.about["training"]
    learned = {one["patients"] for one in training["hospitals"].values()}
    base = model.base
    while base is not None:
        if {patients_digest(cohort, name) for name in cohort.hospitals} & {
            one["patients"] for one in base.about["training"]["hospitals"].values()
        }:
            raise DefinitionError(
                "The model that was adapted was trained on these patients. Evaluate on others."
            )
        base = base.base
    here = [patients_digest(cohort, name) for name in cohort.hospitals]
    if not learned & set(here):
        return None
    if learned != set(here) or list(training["hospitals"]) != cohort.hospitals:
        raise DefinitionError(
            "The model was trained on some of these patients. Evaluate on all training hospitals, in the same order and with the same "
            f"names ({', '.join(training['hospitals'])}), or on others alone."
        )
    return patient_folds(cohort.patients, cohort.strata, training["folds"], training["seed"])
