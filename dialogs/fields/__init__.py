"""Field types: what people type, read as values. Pure; the words of the languages are data (`dialogs.fields.data`)."""
