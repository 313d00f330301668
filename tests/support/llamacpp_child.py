"""Runs a GGUF model with an adapter in llama.cpp; run by an interpreter that has it."""

import json
import sys


def next_tokens(base: str, adapter: str, prompts: list[list[int]]) -> list[list[list[float]]]:
    """Return, for each prompt, ids and log probabilities of the likeliest next tokens."""
    import xllamacpp  # pytest imports every module, but has no llama.cpp

    params = xllamacpp.CommonParams()
    params.model.path, params.n_ctx, params.n_parallel, params.warmup = base, 256, 1, False
    if adapter:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(adapter, 1.0)]
    server = xllamacpp.Server(params)
    found = []
    for ids in prompts:
        asked = {"prompt": ids, "max_tokens": 1, "temperature": 0, "n_probs": 5, "logprobs": 5}
        answer = server.handle_completions(asked)
        answer = answer if isinstance(answer, dict) else json.loads(answer)
        likeliest = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        found.append([[each["id"], each["logprob"]] for each in likeliest])
    return found


if __name__ == "__main__":
    print(json.dumps(next_tokens(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))))  # noqa: T201
