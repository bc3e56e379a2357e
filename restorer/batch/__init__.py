"""Whole archives: many pictures, on one machine or many, none of them twice.

`archive` goes through what is asked for and hands out an `Order` a picture; `one` carries an order
out, in this process (`alone`) or in those of a Dask cluster (`cluster`), and writes down what came
of it in the `journal`, from which the `report` is made.
"""
