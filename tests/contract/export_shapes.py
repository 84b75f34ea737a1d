"""The tables of `shared/EXPORT.md`, as the code has them; `python -m tests.contract.export_shapes` prints them."""

from syncserver.store.exports import OF_A_CUSTOMER, OF_A_TENANT


def tables() -> str:
    """One line for each file: its name, whether a customer's export has it, and its columns."""
    lines = ["| file | of a customer, too | columns |", "| --- | --- | --- |"]
    for file in OF_A_TENANT:
        columns = ", ".join(f"`{one.name}` {one.kind.value}" for one in file.columns)
        lines.append(f"| `{file.name}` | {'yes' if file in OF_A_CUSTOMER else ''} | {columns} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(tables())
