"""Question files of QnA Maker and Custom Question Answering (TSV), and of the Bot Framework tools (.qna)."""
