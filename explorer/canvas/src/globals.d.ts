// What the bundler puts in place.
declare const BUILD: string;

declare module "worker:*" {
  const source: string;
  export default source;
}

declare module "*.css" {
  const text: string;
  export default text;
}

/** The table of `explorer/formulas`, put in by the build. */
declare module "formulas:table" {
  const table: import("./formulas/table.js").Table;
  export default table;
}
