"""The waybill system decoys are planted in: its tables, what its columns mean, what its rows look like."""
