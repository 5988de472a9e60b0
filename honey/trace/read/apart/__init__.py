"""Formats read by a process apart: archives, workbooks, documents, databases.

Their parsers are large and the files hostile. A child process with limits on memory and on time without a result reads
each of them; whatever happens to it, the scan goes on with one clear line.
"""
