"""What `torch.nn` and `torch.optim` have and the tables have not, with the reason."""

from __future__ import annotations

_CONTAINER = "holds other modules; the stack itself is the container"
_LAZY = "finds its sizes on the first run; here they are known as you pick"
_UNPOOL = "needs the indices of a MaxPool beside its input"
_SAMPLED = "draws its regions at random, so its gradients cannot be compared from run to run"
_PAIR = "compares two inputs; a stack carries one"

LAYERS: dict[str, str] = {
    "Module": "the base class of all",
    "Container": "an old name of Module",
    **dict.fromkeys(
        ("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"), _CONTAINER
    ),
    "DataParallel": "spreads a batch over several GPUs",
    "SyncBatchNorm": "averages over several processes with GPUs",
    "RNNBase": "the base class of RNN, GRU and LSTM",
    "RNNCellBase": "the base class of the cells",
    **dict.fromkeys(
        (
            "LazyLinear",
            *(
                f"Lazy{kind}{axes}d"
                for kind in ("Conv", "ConvTranspose", "BatchNorm", "InstanceNorm")
                for axes in (1, 2, 3)
            ),
        ),
        _LAZY,
    ),
    **dict.fromkeys(("MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"), _UNPOOL),
    **dict.fromkeys(("FractionalMaxPool2d", "FractionalMaxPool3d"), _SAMPLED),
    "CrossMapLRN2d": "an older twin of LocalResponseNorm",
    **dict.fromkeys(("CosineSimilarity", "PairwiseDistance"), _PAIR),
    "Transformer": "takes a source and a target sequence; pick its layers one by one",
    "TransformerEncoder": "repeats one layer; duplicate the row of TransformerEncoderLayer",
    "TransformerDecoder": "repeats one layer; duplicate the row of TransformerDecoderLayer",
}

LOSSES: dict[str, str] = {
    "NLLLoss2d": "an old name of NLLLoss",
    "AdaptiveLogSoftmaxWithLoss": "a layer and a loss in one, for very many classes",
    "LinearCrossEntropyLoss": "a layer and a loss in one, for very many classes",
    "CTCLoss": "needs the lengths of input and target as well",
    "GaussianNLLLoss": "needs a variance beside input and target",
    "CosineEmbeddingLoss": "compares two inputs",
    "MarginRankingLoss": "compares two inputs",
    "TripletMarginLoss": "takes an anchor, a positive and a negative example",
    "TripletMarginWithDistanceLoss": "takes an anchor, a positive and a negative example",
}

_RARER = "rarer in teaching; type it in the editor"

OPTIMIZERS: dict[str, str] = {
    "Optimizer": "the base class of all",
    **dict.fromkeys(
        ("ASGD", "Adadelta", "Adafactor", "Adamax", "Muon", "NAdam", "RAdam", "Rprop"), _RARER
    ),
    "LBFGS": "calls the loss several times per step, through a closure",
    "SparseAdam": "takes sparse gradients only",
}
