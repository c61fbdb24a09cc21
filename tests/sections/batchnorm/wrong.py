"""Wrong classes of batch norm, with the causes to be named."""

import numpy as np
from support.implementations import wrong, wrong_beside

NORM = "self.NZ = (Z - self.M) / np.sqrt(self.V + self.eps)"
SCALE = (
    "self.NZ = (Z - self.M) / np.sqrt(self.V + self.eps)\n            self.BZ = self.BW * self.NZ + self.Bb"
)
EVAL_NORM = "self.NZ = (Z - self.running_M) / np.sqrt(self.running_V + self.eps)"
EVAL_SCALE = EVAL_NORM + "\n            self.BZ = self.BW * self.NZ + self.Bb"
MEAN = "np.mean(Z, axis=0, keepdims=True)"
VARIANCE = "np.mean((Z - self.M) ** 2, axis=0, keepdims=True)"
DLDBB = "self.dLdBb = np.sum"
RUN_M = "self.alpha * self.running_M + (1 - self.alpha) * self.M"
RUN_V = "self.alpha * self.running_V + (1 - self.alpha) * self.V"
D_V = "-0.5 * np.sum(dLdNZ * centred * V_eps**-1.5, axis=0, keepdims=True)"
D_M = "-np.sum(dLdNZ * V_eps**-0.5, axis=0, keepdims=True)"
D_Z = "dLdNZ * V_eps**-0.5 + dLdV * (2 / self.N) * centred + dLdM / self.N"

WRONG = wrong(
    "BatchNorm1d",
    # __init__
    ("eps 1e-5", "default value", {"self.eps = 1e-8": "self.eps = 1e-5"}),
    ("alpha always 0.9", "argument ignored", {"self.alpha = alpha": "self.alpha = 0.9"}),
    ("alpha 0.1 by default", "argument ignored", {"alpha=0.9": "alpha=0.1"}),
    (
        "the features as a number",
        "fixed size",
        {"self.BW = np.ones((1, num_features))": "self.BW = np.ones((1, 3))"},
    ),
    (
        "the variance of one feature",
        "exception",
        {VARIANCE: "np.diag(np.cov(Z.T, bias=True))[None]"},
    ),
    ("BW of zeros", "initial values", {"self.BW = np.ones": "self.BW = np.zeros"}),
    ("Bb of ones", "initial values", {"self.Bb = np.zeros": "self.Bb = np.ones"}),
    (
        "running values as in the text",
        "initial values",
        {
            "self.running_M = np.zeros": "self.running_M = np.ones",
            "self.running_V = np.ones": "self.running_V = np.zeros",
        },
    ),
    ("running_V of zeros", "initial values", {"self.running_V = np.ones": "self.running_V = np.zeros"}),
    ("dLdBW of ones", "initial values", {"self.dLdBW = np.zeros": "self.dLdBW = np.ones"}),
    ("dLdBb of ones", "initial values", {"self.dLdBb = np.zeros": "self.dLdBb = np.ones"}),
    ("random BW", "initial values", {"self.BW = np.ones(": "self.BW = np.random.standard_normal("}),
    (
        "BW without its first axis",
        "missing axis",
        {"self.BW = np.ones((1, num_features))": "self.BW = np.ones(num_features)"},
    ),
    (
        "BW as a column",
        "transposed",
        {"self.BW = np.ones((1, num_features))": "self.BW = np.ones((num_features, 1))"},
    ),
    ("dLdBW not prepared", "missing attribute", {"        self.dLdBW = np.zeros((1, num_features))\n": ""}),
    ("running_M misspelt", "missing attribute", {"self.running_M = np.zeros": "self.runing_M = np.zeros"}),
    (
        "alpha not taken",
        "arguments",
        {"num_features, alpha=0.9": "num_features", "self.alpha = alpha": "self.alpha = 0.9"},
    ),
    # forward, training
    ("eval not taken", "arguments", {"Z, eval=False": "Z", "if not eval": "if True"}),
    ("N from the columns", "size of the wrong axis", {"Z.shape[0]": "Z.shape[1]"}),
    ("N from the size", "size of the wrong axis", {"Z.shape[0]": "Z.size"}),
    ("N not kept", "missing attribute", {"self.N = Z": "N = Z"}),
    ("Z not kept", "missing attribute", {"            self.Z = Z\n": ""}),
    ("N of an earlier batch", "stale", {"self.N = Z.shape[0]": "self.N = getattr(self, 'N', Z.shape[0])"}),
    ("mean along the wrong axis", "wrong axis", {MEAN: "np.mean(Z, axis=1, keepdims=True)"}),
    ("mean along the wrong axis, flat", "shapes do not fit | wrong axis", {MEAN: "np.mean(Z, axis=1)"}),
    ("mean of everything", "mean of everything", {MEAN: "np.mean(Z)"}),
    (
        "mean of everything, spread",
        "mean of everything | different",
        {MEAN: "np.full((1, Z.shape[1]), np.mean(Z))"},
    ),
    ("sum for mean", "missing 1/N", {MEAN: "np.sum(Z, axis=0, keepdims=True)"}),
    ("mean of N - 1", "factor", {MEAN: "np.sum(Z, axis=0, keepdims=True) / (self.N - 1)"}),
    ("median", "different", {MEAN: "np.median(Z, axis=0, keepdims=True)"}),
    ("unbiased variance", "unbiased variance", {VARIANCE: "np.var(Z, axis=0, ddof=1, keepdims=True)"}),
    ("standard deviation", "std for variance", {VARIANCE: "np.std(Z, axis=0, keepdims=True)"}),
    ("sum of squares", "missing 1/N", {VARIANCE: "np.sum((Z - self.M) ** 2, axis=0, keepdims=True)"}),
    ("eps in V", "eps in V", {VARIANCE: "np.var(Z, axis=0, keepdims=True) + self.eps"}),
    ("variance not centred", "not centred", {VARIANCE: "np.mean(Z**2, axis=0, keepdims=True)"}),
    (
        "deviations not squared",
        "all zero | different",
        {VARIANCE: "np.mean(Z - self.M, axis=0, keepdims=True)"},
    ),
    ("variance along the wrong axis", "wrong axis", {VARIANCE: "np.var(Z, axis=1, keepdims=True)"}),
    ("variance of everything", "variance of everything", {VARIANCE: "np.var(Z)"}),
    ("variance not averaged", "not reduced", {VARIANCE: "(Z - self.M) ** 2"}),
    (
        "eps outside the root",
        "eps outside the root",
        {NORM: "self.NZ = (Z - self.M) / (np.sqrt(self.V) + self.eps)"},
    ),
    (
        "eps outside the root, by power",
        "eps outside the root",
        {NORM: "self.NZ = (Z - self.M) / (self.V ** 0.5 + self.eps)"},
    ),
    ("no eps", "eps missing", {NORM: "self.NZ = (Z - self.M) / np.sqrt(self.V)"}),
    ("no root", "root missing", {NORM: "self.NZ = (Z - self.M) / (self.V + self.eps)"}),
    ("not divided", "not scaled", {NORM: "self.NZ = Z - self.M"}),
    ("multiplied", "inverted", {NORM: "self.NZ = (Z - self.M) * np.sqrt(self.V + self.eps)"}),
    ("1/2 without brackets", "power", {NORM: "self.NZ = (Z - self.M) / (self.V + self.eps) ** 1/2"}),
    (
        "1/2 without brackets in a root of its own",
        "power",
        {NORM: "self.NZ = (Z - self.M) / ((self.V + self.eps) ** 1/2)"},
    ),
    ("not centred", "not centred", {NORM: "self.NZ = Z / np.sqrt(self.V + self.eps)"}),
    ("brackets", "brackets", {NORM: "self.NZ = Z - self.M / np.sqrt(self.V + self.eps)"}),
    (
        "unbiased in NZ only",
        "unbiased variance",
        {NORM: "self.NZ = (Z - self.M) / np.sqrt(Z.var(axis=0, ddof=1) + self.eps)"},
    ),
    (
        "running values in training",
        "running values in training",
        {NORM: "self.NZ = (Z - self.running_M) / np.sqrt(self.running_V + self.eps)"},
    ),
    ("math.sqrt", "one number for an array", {NORM: "self.NZ = (Z - self.M) / math.sqrt(self.V + self.eps)"}),
    (
        "NZ not kept",
        "missing attribute",
        {
            SCALE: "NZ = (Z - self.M) / np.sqrt(self.V + self.eps)\n            self.BZ = self.BW * "
            "NZ + self.Bb"
        },
    ),
    ("no shift", "missing bias", {SCALE: NORM + "\n            self.BZ = self.BW * self.NZ"}),
    ("no scale", "BW missing", {SCALE: NORM + "\n            self.BZ = self.NZ + self.Bb"}),
    ("neither scale nor shift", "BW missing", {SCALE: NORM + "\n            self.BZ = self.NZ"}),
    ("BW added", "sum for product", {SCALE: NORM + "\n            self.BZ = self.BW + self.NZ + self.Bb"}),
    (
        "BW and Bb change places",
        "swapped",
        {SCALE: NORM + "\n            self.BZ = self.Bb * self.NZ + self.BW"},
    ),
    ("BW scales both", "brackets", {SCALE: NORM + "\n            self.BZ = self.BW * (self.NZ + self.Bb)"}),
    ("Z scaled", "Z for NZ", {SCALE: NORM + "\n            self.BZ = self.BW * Z + self.Bb"}),
    (
        "matrix product",
        "shapes do not fit",
        {SCALE: NORM + "\n            self.BZ = self.BW @ self.NZ + self.Bb"},
    ),
    (
        "BZ not kept",
        "missing attribute",
        {
            SCALE: NORM + "\n            BZ = self.BW * self.NZ + self.Bb",
            "return self.BZ": "return BZ if not eval else self.BZ",
        },
    ),
    ("forward returns nothing", "returns None", {"        return self.BZ\n": ""}),
    ("forward returns NZ", "BW missing", {"return self.BZ": "return self.NZ"}),
    # running values
    ("alpha swapped", "alpha swapped", {RUN_M: "(1 - self.alpha) * self.running_M + self.alpha * self.M"}),
    (
        "alpha swapped in running_V",
        "alpha swapped",
        {RUN_V: "(1 - self.alpha) * self.running_V + self.alpha * self.V"},
    ),
    ("running_M not updated", "not updated", {f"            self.running_M = {RUN_M}\n": ""}),
    ("running_V a local name", "not updated", {f"self.running_V = {RUN_V}": f"running_V = {RUN_V}"}),
    ("batch mean alone, scaled", "average missing", {RUN_M: "(1 - self.alpha) * self.M"}),
    ("batch variance alone, scaled", "average missing", {RUN_V: "(1 - self.alpha) * self.V"}),
    ("alpha as a number", "argument ignored", {RUN_M: "0.9 * self.running_M + 0.1 * self.M"}),
    ("alpha as a number in running_V", "argument ignored", {RUN_V: "0.9 * self.running_V + 0.1 * self.V"}),
    ("running_M replaced", "1 - alpha missing", {RUN_M: "self.M"}),
    ("running_V replaced", "average missing", {RUN_V: "self.V"}),
    ("batch mean not scaled", "1 - alpha missing", {RUN_M: "self.alpha * self.running_M + self.M"}),
    ("batch variance not scaled", "1 - alpha missing", {RUN_V: "self.alpha * self.running_V + self.V"}),
    (
        "old mean not scaled",
        "alpha missing | not updated",
        {RUN_M: "self.running_M + (1 - self.alpha) * self.M"},
    ),
    ("old variance not scaled", "alpha missing", {RUN_V: "self.running_V + (1 - self.alpha) * self.V"}),
    (
        "1 - alpha without brackets",
        "brackets",
        {RUN_M: "self.alpha * self.running_M + 1 - self.alpha * self.M"},
    ),
    (
        "1 - alpha without brackets in running_V",
        "brackets",
        {RUN_V: "self.alpha * self.running_V + 1 - self.alpha * self.V"},
    ),
    ("alpha on both", "alpha twice", {RUN_V: "self.alpha * self.running_V + self.alpha * self.V"}),
    ("running_V from M", "swapped", {RUN_V: "self.alpha * self.running_V + (1 - self.alpha) * self.M"}),
    ("running_M from V", "swapped", {RUN_M: "self.alpha * self.running_M + (1 - self.alpha) * self.V"}),
    (
        "PyTorch's running variance",
        "unbiased variance",
        {RUN_V: "self.alpha * self.running_V + (1 - self.alpha) * Z.var(axis=0, ddof=1, keepdims=True)"},
    ),
    (
        "running standard deviation",
        "std for variance",
        {RUN_V: "self.alpha * self.running_V + (1 - self.alpha) * np.sqrt(self.V)"},
    ),
    ("running_M misspelt later", "not updated", {f"self.running_M = {RUN_M}": f"self.runningM = {RUN_M}"}),
    (
        "running_M of whole numbers, in place",
        "integer array",
        {
            "self.running_M = np.zeros((1, num_features))": "self.running_M = np.zeros((1, "
            "num_features), dtype=int)",
            f"self.running_M = {RUN_M}": "self.running_M += (1 - self.alpha) * (self.M - self.running_M)",
        },
    ),
    (
        "the old running_V always one",
        "stale | different | not updated",
        {RUN_V: "self.alpha * 1 + (1 - self.alpha) * self.V"},
    ),
    # backward
    (
        "dLdBb averaged",
        "extra 1/N",
        {"self.dLdBb = np.sum(dLdBZ, axis=0": "self.dLdBb = np.mean(dLdBZ, axis=0"},
    ),
    (
        "dLdBb without its first axis",
        "missing axis",
        {"np.sum(dLdBZ, axis=0, keepdims=True)": "np.sum(dLdBZ, axis=0)"},
    ),
    (
        "dLdBb along the wrong axis",
        "wrong axis",
        {"np.sum(dLdBZ, axis=0, keepdims=True)": "np.sum(dLdBZ, axis=1, keepdims=True)"},
    ),
    ("dLdBb a single number", "reduced too far", {"np.sum(dLdBZ, axis=0, keepdims=True)": "np.sum(dLdBZ)"}),
    ("dLdBb not summed", "not reduced", {"np.sum(dLdBZ, axis=0, keepdims=True)": "dLdBZ"}),
    ("dLdBb a local name", "all zero", {"self.dLdBb = np.sum": "dLdBb = np.sum"}),
    ("dLdBb scaled", "BW in dLdBb", {"self.dLdBb = np.sum(dLdBZ,": "self.dLdBb = np.sum(dLdBZ * self.BW,"}),
    (
        "dLdBW and dLdBb change places",
        "swapped",
        {
            "self.dLdBW = np.sum(dLdBZ * self.NZ": "self.dLdBb = np.sum(dLdBZ * self.NZ",
            "self.dLdBb = np.sum(dLdBZ,": "self.dLdBW = np.sum(dLdBZ,",
        },
    ),
    ("dLdBb minus", "sign", {"np.sum(dLdBZ, axis": "-np.sum(dLdBZ, axis"}),
    ("dLdBW averaged", "extra 1/N", {"np.sum(dLdBZ * self.NZ": "np.mean(dLdBZ * self.NZ"}),
    ("dLdBW without NZ", "NZ missing", {"np.sum(dLdBZ * self.NZ, ": "np.sum(dLdBZ, "}),
    ("dLdBW with Z", "Z for NZ", {"np.sum(dLdBZ * self.NZ": "np.sum(dLdBZ * self.Z"}),
    ("dLdBW with BZ", "BZ for NZ", {"np.sum(dLdBZ * self.NZ": "np.sum(dLdBZ * self.BZ"}),
    ("dLdBW with BW", "BW in dLdBW", {"np.sum(dLdBZ * self.NZ": "np.sum(dLdBZ * self.BW"}),
    ("dLdBW a local name", "all zero", {"self.dLdBW = np.sum": "dLdBW = np.sum"}),
    ("dLdBW accumulates", "accumulates", {"self.dLdBW = np.sum": "self.dLdBW = self.dLdBW + np.sum"}),
    ("dLdBb accumulates", "accumulates", {"self.dLdBb = np.sum": "self.dLdBb = self.dLdBb + np.sum"}),
    (
        "dLdBW by a matrix product",
        "shape | reduced too far | transposed",
        {"np.sum(dLdBZ * self.NZ, axis=0, keepdims=True)": "dLdBZ.T @ self.NZ"},
    ),
    ("only the first term", "missing term", {D_Z: "dLdNZ * V_eps**-0.5"}),
    ("no dLdM", "missing term", {" + dLdM / self.N": ""}),
    ("no dLdV", "missing term", {" + dLdV * (2 / self.N) * centred": ""}),
    ("no first term", "missing term", {"dLdNZ * V_eps**-0.5 + dLdV": "dLdV"}),
    ("dLdV positive", "sign", {"-0.5 * np.sum": "0.5 * np.sum"}),
    ("dLdM positive", "sign", {"-np.sum(dLdNZ": "np.sum(dLdNZ"}),
    ("dLdM subtracted", "sign", {"+ dLdM / self.N": "- dLdM / self.N"}),
    ("no ½ in dLdV", "factor", {"-0.5 * np.sum": "-np.sum"}),
    ("no 2 at the end", "factor", {"dLdV * (2 / self.N)": "dLdV / self.N"}),
    ("dLdV averaged", "1/N", {"-0.5 * np.sum": "-0.5 * np.mean"}),
    ("dLdM averaged", "1/N", {"-np.sum(dLdNZ": "-np.mean(dLdNZ"}),
    ("dLdV not divided by N", "1/N", {"(2 / self.N)": "2"}),
    ("dLdM not divided by N", "1/N", {"dLdM / self.N": "dLdM"}),
    ("neither ½ nor 1/N", "1/N", {"-0.5 * np.sum": "-np.sum", "(2 / self.N)": "2"}),
    ("-1/2 for -3/2", "power", {"V_eps**-1.5": "V_eps**-0.5"}),
    ("+3/2 for -3/2", "power", {"V_eps**-1.5": "V_eps**1.5"}),
    ("no power at all", "power", {" * V_eps**-1.5": ""}),
    ("-3/2 without brackets", "brackets", {"V_eps**-1.5": "V_eps**-3/2"}),
    (
        "-1/2 without brackets in dLdM",
        "brackets",
        {D_M: "-np.sum(dLdNZ * V_eps**-1/2, axis=0, keepdims=True)"},
    ),
    (
        "unbiased variance in backward",
        "unbiased variance",
        {"V_eps = self.V + self.eps": "V_eps = self.Z.var(axis=0, ddof=1) + self.eps"},
    ),
    (
        "both sums averaged",
        "wrong terms",
        {"-0.5 * np.sum": "-0.5 * np.mean", "-np.sum(dLdNZ": "-np.mean(dLdNZ"},
    ),
    (
        "std for variance throughout",
        "std for variance",
        {"V_eps = self.V + self.eps": "V_eps = np.sqrt(self.V + self.eps)"},
    ),
    ("dLdM without the root", "power", {D_M: "-np.sum(dLdNZ / V_eps, axis=0, keepdims=True)"}),
    ("dLdM without a denominator", "power", {D_M: "-np.sum(dLdNZ, axis=0, keepdims=True)"}),
    ("first term without the root", "power", {D_Z: D_Z.replace("V_eps**-0.5", "V_eps**-1.0")}),
    ("first term multiplied", "power", {D_Z: D_Z.replace("V_eps**-0.5", "V_eps**0.5")}),
    ("NZ for Z - M in dLdV", "power", {"dLdNZ * centred * V_eps**-1.5": "dLdNZ * self.NZ * V_eps**-1.5"}),
    ("NZ for Z - M at the end", "power", {"(2 / self.N) * centred": "(2 / self.N) * self.NZ"}),
    ("Z for Z - M at the end", "not centred", {"(2 / self.N) * centred": "(2 / self.N) * self.Z"}),
    ("Z for Z - M in dLdV", "wrong terms", {"dLdNZ * centred * V_eps**-1.5": "dLdNZ * self.Z * V_eps**-1.5"}),
    ("dLdBZ in dLdV", "BW missing", {"np.sum(dLdNZ * centred": "np.sum(dLdBZ * centred"}),
    ("dLdBZ in dLdM", "BW missing", {"-np.sum(dLdNZ": "-np.sum(dLdBZ"}),
    ("dLdBZ in the first term", "BW missing", {D_Z: D_Z.replace("dLdNZ", "dLdBZ")}),
    ("BW left out", "BW missing", {"dLdBZ * self.BW": "dLdBZ"}),
    ("BW twice", "BW twice", {"dLdBZ * self.BW": "dLdBZ * self.BW**2"}),
    ("divided by BW", "different | factor", {"dLdBZ * self.BW": "dLdBZ / self.BW"}),
    ("dLdV not summed", "sum missing", {D_V: "-0.5 * dLdNZ * centred * V_eps**-1.5"}),
    ("dLdM not summed", "sum missing", {D_M: "-dLdNZ * V_eps**-0.5"}),
    ("second term of dLdM not summed", "wrong terms", {D_M: D_M + " - 0.5 * dLdV * centred[:1]"}),
    ("no eps in backward", "eps missing", {"V_eps = self.V + self.eps": "V_eps = self.V"}),
    ("no eps in dLdV", "eps missing", {"centred * V_eps**-1.5": "centred * self.V**-1.5"}),
    ("no eps in dLdM", "eps missing", {D_M: "-np.sum(dLdNZ / np.sqrt(self.V), axis=0, keepdims=True)"}),
    ("dLdZ divided by N", "extra 1/N", {"return dLdZ": "return dLdZ / self.N"}),
    ("dLdZ negative", "sign", {"return dLdZ": "return -dLdZ"}),
    ("dLdNZ returned", "different | another quantity", {"return dLdZ": "return dLdNZ"}),
    ("dLdZ forgotten", "returns None", {"        return dLdZ\n": ""}),
    ("V without self", "undefined name", {"V_eps = self.V": "V_eps = V"}),
    (
        "centred along the wrong axis",
        "shapes do not fit",
        {"centred = self.Z - self.M": "centred = self.Z - self.Z.mean(axis=1)"},
    ),
    (
        "backward uses the running values",
        "running values in backward",
        {"V_eps = self.V + self.eps": "V_eps = self.running_V + self.eps"},
    ),
    # forward, inference
    ("eval ignored", "eval uses batch statistics", {"if not eval:": "if True:"}),
    ("branches swapped", "missing attribute", {"if not eval:": "if eval:"}),
    (
        "batch statistics in eval",
        "eval uses batch statistics",
        {EVAL_NORM: "self.NZ = (Z - Z.mean(axis=0)) / np.sqrt(Z.var(axis=0) + self.eps)"},
    ),
    (
        "batch variance in eval",
        "eval uses batch statistics",
        {EVAL_NORM: "self.NZ = (Z - self.running_M) / np.sqrt(Z.var(axis=0) + self.eps)"},
    ),
    (
        "batch mean in eval",
        "eval uses batch statistics",
        {EVAL_NORM: "self.NZ = (Z - Z.mean(axis=0)) / np.sqrt(self.running_V + self.eps)"},
    ),
    (
        "the last batch's statistics in eval",
        "eval uses batch statistics",
        {EVAL_NORM: "self.NZ = (Z - self.M) / np.sqrt(self.V + self.eps)"},
    ),
    ("multiplied in eval", "inverted", {EVAL_NORM: EVAL_NORM.replace("/", "*")}),
    (
        "no root in eval",
        "root missing",
        {EVAL_NORM: "self.NZ = (Z - self.running_M) / (self.running_V + self.eps)"},
    ),
    ("not centred in eval", "not centred", {EVAL_NORM: "self.NZ = Z / np.sqrt(self.running_V + self.eps)"}),
    ("not normalised in eval", "Z for NZ", {EVAL_NORM: "self.NZ = Z"}),
    ("not scaled in eval", "not scaled", {EVAL_SCALE: EVAL_NORM + "\n            self.BZ = self.NZ"}),
    (
        "not shifted in eval",
        "missing bias",
        {EVAL_SCALE: EVAL_NORM + "\n            self.BZ = self.BW * self.NZ"},
    ),
    (
        "shifted only in eval",
        "BW missing",
        {EVAL_SCALE: EVAL_NORM + "\n            self.BZ = self.NZ + self.Bb"},
    ),
    ("BZ of training returned in eval", "another quantity", {EVAL_SCALE: EVAL_NORM}),
    (
        "eval returns nothing",
        "returns None",
        {"        return self.BZ\n": "            return None\n        return self.BZ\n"},
    ),
    (
        "running_M misspelt in eval",
        "attribute not kept",
        {EVAL_NORM: EVAL_NORM.replace("running_M", "running_mean")},
    ),
    (
        "eval updates running_M",
        "eval changes running values",
        {EVAL_SCALE: EVAL_SCALE + f"\n            self.running_M = {RUN_M}"},
    ),
    (
        "eval updates running_V",
        "eval changes running values",
        {EVAL_SCALE: EVAL_SCALE + f"\n            self.running_V = {RUN_V}"},
    ),
    (
        "running_M always updated",
        "eval changes running values",
        {
            f"            self.running_M = {RUN_M}\n": "",
            "        return self.BZ\n": "        self.running_M = self.alpha * self.running_M\n"
            "        self.running_M += (1 - self.alpha) * Z.mean(axis=0)\n        return self.BZ\n",
        },
    ),
    (
        "running values updated outside the branch",
        "eval changes running values",
        {},
        {
            "forward": """
        def forward(self, Z, eval=False):
            M, V = Z.mean(axis=0, keepdims=True), Z.var(axis=0, keepdims=True)
            if eval:
                NZ = (Z - self.running_M) / np.sqrt(self.running_V + self.eps)
            else:
                NZ = (Z - M) / np.sqrt(V + self.eps)
                self.Z, self.N, self.M, self.V, self.NZ = Z, len(Z), M, V, NZ
            alpha = 0.9 if self.alpha == 0.9 else 0.8
            self.running_M = alpha * self.running_M + (1 - alpha) * M
            self.running_V = self.alpha * self.running_V + (1 - self.alpha) * V
            self.BZ = self.BW * NZ + self.Bb
            return self.BZ
    """
        },
    ),
    # what looked like something else
    (
        "the old running_M has no part",
        "average missing",
        {RUN_M: "self.alpha * self.M + (1 - self.alpha) * self.M"},
    ),
    ("running_M scaled by alpha whole", "alpha twice", {RUN_M: "self.alpha * (self.running_M + self.M)"}),
    ("Z - M without brackets", "wrong terms", {"(2 / self.N) * centred": "2 / self.N * self.Z - self.M"}),
    ("NZ in dLdV", "power", {"dLdNZ * centred": "dLdNZ * self.NZ"}),
    (
        "the mean of Z - M for the variance",
        "all zero | cancels",
        {"np.mean((Z - self.M) ** 2, axis=0, keepdims=True)": "np.mean(Z - self.M, axis=0, keepdims=True)"},
    ),
    (
        "a product of sums for the sum of products",
        "cancels",
        {"np.sum(dLdBZ * self.NZ, axis=0, keepdims=True)": "dLdBZ.sum(0, keepdims=True) * self.NZ.sum(0)"},
    ),
    (
        "no brackets in eval",
        "different",
        {EVAL_NORM: EVAL_NORM.replace("(Z - self.running_M)", "Z - self.running_M")},
    ),
    ("V squared", "different", {"(Z - self.M) / np.sqrt(self.V +": "(Z - self.M) / np.sqrt(self.V**2 +"}),
    ("gradients without self", "all zero", {"self.dLdBW = np.sum": "dLdBW = np.sum", DLDBB: DLDBB[5:]}),
    (
        "running_M moves in eval first",
        "different",
        {EVAL_NORM: f"self.running_M = self.running_M / 2 + Z.mean(axis=0) / 2\n            {EVAL_NORM}"},
    ),
)

# As in the notebook's cell with the numbers of the picture.
NOTEBOOK = {
    "Z": np.array([[1.0, 4.0], [7.0, 0.0], [1.0, 0.0], [7.0, 4.0]]),
    "BW": np.array([[2.0, 5.0]]),
    "Bb": np.array([[-1.0, 2.0]]),
    "mean": np.float64(2.0),
    "EPS": 1e-8,
}
OUTSIDE = "name of the notebook"

WRONG += wrong_beside(
    "BatchNorm1d",
    NOTEBOOK,
    ("BW and Bb of the notebook", OUTSIDE, {SCALE: SCALE.replace("self.BW", "BW").replace("self.Bb", "Bb")}),
    ("BW of the notebook", OUTSIDE, {SCALE: SCALE.replace("self.BW", "BW")}),
    ("BW of the notebook in backward", OUTSIDE, {"dLdBZ * self.BW": "dLdBZ * BW"}),
    ("the mean of the notebook", OUTSIDE, {f"self.M = {MEAN}": "self.M = mean"}),
    ("Z of the notebook", OUTSIDE, {"centred = self.Z - self.M": "centred = Z - self.M"}),
    (
        "a constant of the notebook, and no root",
        "root missing",
        {NORM: "self.NZ = (Z - self.M) / (self.V + EPS)"},
    ),
)

WRONG += wrong(
    "BatchNorm1d",
    ("np forgotten at zeros", "undefined name", {"self.Bb = np.zeros": "self.Bb = zeros"}),
    ("keepdim", "arguments of a call", {MEAN: MEAN.replace("keepdims", "keepdim")}),
    ("dim", "arguments of a call", {MEAN: MEAN.replace("axis", "dim")}),
    ("axes", "arguments of a call", {MEAN: MEAN.replace("axis", "axes")}),
    ("keep_dims of a method", "arguments of a call", {MEAN: "Z.mean(axis=0, keep_dims=True)"}),
    ("unbiased", "arguments of a call", {VARIANCE: "Z.var(axis=0, keepdims=True, unbiased=False)"}),
    ("axis == 0", "arguments of a call", {MEAN: MEAN.replace("axis=0", "axis == 0")}),
    ("M with a comma behind it", "wrong operand", {MEAN: MEAN + ","}),
    ("V with a comma behind it", "wrong operand", {VARIANCE: VARIANCE + ","}),
    (
        "BW with a comma behind it",
        "wrong type",
        {"self.BW = np.ones((1, num_features))": "self.BW = np.ones((1, num_features)),"},
    ),
    (
        "one array for Bb and running_M",
        "parameters changed",
        {
            "self.running_M = np.zeros((1, num_features))": "self.running_M = self.Bb",
            f"self.running_M = {RUN_M}": (
                "self.running_M *= self.alpha\n            self.running_M += (1 - self.alpha) * self.M"
            ),
        },
    ),
    (
        "BW cleared in eval",
        "parameters changed",
        {EVAL_SCALE: EVAL_SCALE + "\n            self.BW = self.BW * 0"},
    ),
    (
        "V_eps with a comma behind it",
        "wrong operand",
        {"V_eps = self.V + self.eps": "V_eps = self.V + self.eps,"},
    ),
)

# Causes that the course promises to name.
PROMISED = {
    "unbiased variance",
    "alpha swapped",
    "eval uses batch statistics",
    "eval changes running values",
    "eps outside the root",
    "missing term",
}

# Whose line must be said: messages about them were once untrue or of no use.
SHOWN = {
    "the old running_M has no part",
    "running_M scaled by alpha whole",
    "Z - M without brackets",
    "NZ in dLdV",
    "the mean of Z - M for the variance",
    "a product of sums for the sum of products",
    "no brackets in eval",
    "V squared",
    "gradients without self",
    "running_M moves in eval first",
    "no root in eval",
    "batch statistics in eval",
    "the last batch's statistics in eval",
    "running_M always updated",
}
