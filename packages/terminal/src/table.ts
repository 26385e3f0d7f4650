type Row = readonly (string | number)[]

/** Aligned columns under a heading. The first is to the left, and of the others those that have no figures. */
export function table(heading: readonly string[], rows: readonly Row[]): string {
  const lines = [heading, ...rows].map((row) => row.map(String))
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const right = heading.map((_, column) => column > 0 && rows.every((row) => isFigure(row[column])))
  const cell = (text: string, column: number) =>
    right[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0)
  return lines.map((line) => line.map(cell).join('  ').trimEnd()).join('\n')
}

/** A number, also with a unit behind it. So many digits before a text are the id of what has that name. */
function isFigure(cell: string | number | undefined): boolean {
  return typeof cell === 'number' || /^[-+]?(\d+$|[\d.,]{1,9}(\D|$))/.test(cell ?? '')
}
