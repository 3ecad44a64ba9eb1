"""The documented interface of Sylvia; its YAML files are the source, contract.json and models.py are made."""
