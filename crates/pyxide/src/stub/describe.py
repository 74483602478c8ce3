# Says what is in a module, as data. What it means for a stub is decided elsewhere.
import importlib.util
import inspect
import json
import types

# Cython's own, which a module has without its author's doing.
OWN = {"__test__", "__pyx_capi__", "__pyx_unpickle_Enum"}


def parameters(function):
    """Names, kinds and defaults of parameters, as far as they can be known."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    found = []
    for parameter in signature.parameters.values():
        default = None
        if parameter.default is not parameter.empty:
            default = repr(parameter.default)
        annotation = None
        if parameter.annotation is not parameter.empty:
            annotation = written(parameter.annotation)
        found.append({"name": parameter.name, "kind": parameter.kind.name, "default": default, "annotation": annotation})
    return found


def written(annotation):
    """An annotation as its author wrote it."""
    return annotation if isinstance(annotation, str) else getattr(annotation, "__qualname__", None) or repr(annotation)


def function(name, value, kind):
    inner = getattr(value, "__func__", value)
    annotations = getattr(inner, "__annotations__", None) or {}
    doc = getattr(inner, "__doc__", None)
    if type(inner).__name__ == "fused_cython_function":
        # What it says is the signature of its dispatcher.
        doc = None
    return {
        "kind": kind,
        "name": name,
        "doc": doc if isinstance(doc, str) else None,
        "parameters": parameters(inner),
        "returns": written(annotations["return"]) if "return" in annotations else None,
        "flags": getattr(getattr(inner, "__code__", None), "co_flags", 0),
    }


def described(name, value, module, seen):
    """One name, or None for what is not to be told."""
    kind = type(value).__name__
    if isinstance(value, types.ModuleType):
        return {"kind": "module", "name": name, "target": value.__name__}
    if isinstance(value, type):
        if value.__module__ != module.__name__:
            return {"kind": "import", "name": name, "module": value.__module__, "target": value.__qualname__}
        return None if value in seen else type_(name, value, module, {*seen, value})
    if kind in ("staticmethod", "classmethod", "classmethod_descriptor"):
        return function(name, value, "static" if kind == "staticmethod" else "class")
    if kind in ("cython_function_or_method", "fused_cython_function", "function", "builtin_function_or_method"):
        if getattr(value, "__module__", module.__name__) not in (module.__name__, None):
            return {"kind": "import", "name": name, "module": value.__module__, "target": value.__name__}
        return function(name, value, "function")
    if kind in ("wrapper_descriptor", "method_descriptor", "method_wrapper"):
        return {**function(name, value, "function"), "kind": "slot" if name.startswith("__") else "function"}
    if isinstance(value, property):
        getter = function(name, value.fget, "property") if value.fget else {"doc": value.__doc__, "returns": None}
        return {"kind": "property", "name": name, "doc": getter["doc"] or value.__doc__, "returns": getter["returns"],
                "settable": value.fset is not None}
    if kind in ("getset_descriptor", "member_descriptor"):
        return {"kind": "property", "name": name, "doc": value.__doc__, "returns": None, "settable": False}
    return {"kind": "value", "name": name, "type": {"module": type(value).__module__, "name": type(value).__qualname__}}


def type_(name, value, module, seen):
    import enum

    if issubclass(value, enum.Enum):
        members = [{"name": key, "value": repr(member.value)} for key, member in value.__members__.items()]
        base = next(base for base in value.__mro__ if base.__module__ == "enum")
        return {"kind": "enum", "name": name, "base": base.__name__, "members": members}
    items = [described(key, item, module, seen) for key, item in vars(value).items() if key not in OWN]
    bases = [{"module": base.__module__, "name": base.__qualname__} for base in value.__bases__ if base is not object]
    return {
        "kind": "type",
        "name": name,
        "doc": value.__doc__ if isinstance(value.__doc__, str) else None,
        "bases": bases,
        "items": [item for item in items if item],
        "annotations": {key: written(item) for key, item in vars(value).get("__annotations__", {}).items()},
    }


def describe(module):
    items = [described(key, value, module, frozenset()) for key, value in vars(module).items() if key not in OWN]
    has_numpy = importlib.util.find_spec("numpy") is not None
    return json.dumps({"name": module.__name__, "numpy": has_numpy, "items": [item for item in items if item]})
