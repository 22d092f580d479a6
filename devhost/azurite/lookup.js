// The emulator looks for a row among all rows of its partition, one after the other, so that a
// partition of ten thousand rows takes a hundred times as long to write as ten of a thousand.
// Asked for the row's own key first, which is indexed as well, it finds the same row at once.
const path = require("path");

const { Collection } = require(
  require.resolve("lokijs", { paths: [path.dirname(process.argv[1])] }),
);
const findOne = Collection.prototype.findOne;

Collection.prototype.findOne = function (query) {
  const { RowKey, PartitionKey, ...others } = query ?? {};
  const isRow = RowKey !== undefined && PartitionKey !== undefined;
  return findOne.call(this, isRow ? { RowKey, PartitionKey, ...others } : query);
};
