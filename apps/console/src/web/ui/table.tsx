import type { ReactNode } from 'react'
import styles from './table.module.css'

export interface Column<Row> {
  /** Also stands before the value where the screen is narrow. */
  readonly head: string
  readonly cell: (row: Row) => ReactNode
  /** For a text that breaks anywhere; in em. */
  readonly minWidth?: string
  /** `word`: is never broken, such as a code. `actions`: at the end, and its head is only read out. */
  readonly kind?: 'text' | 'word' | 'number' | 'actions'
}

export interface TableProps<Row> {
  /** What the table is of: read out. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string | number
  /** For what is done with several rows at once. */
  readonly selection?: Selection<Row>
}

export interface Selection<Row> {
  readonly isSelected: (row: Row) => boolean
  readonly onSelect: (rows: readonly Row[], isSelected: boolean) => void
  /** What a row is called: read out. */
  readonly nameOf: (row: Row) => string
}

/** A table; on a narrow screen, a card for each row. The first column names the row. */
export function Table<Row>({ label, columns, rows, keyOf, selection }: TableProps<Row>) {
  const [name, ...others] = columns
  if (name === undefined) return null
  return (
    <div className={styles.frame}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            {selection && (
              <td className={styles.select}>
                <input
                  type="checkbox"
                  aria-label="Select all that are shown"
                  checked={rows.length > 0 && rows.every(selection.isSelected)}
                  onChange={(event) => selection.onSelect(rows, event.target.checked)}
                />
              </td>
            )}
            {columns.map((column) => (
              <th
                key={column.head}
                scope="col"
                className={styles[column.kind ?? 'text']}
                style={{ minWidth: column.minWidth }}
              >
                <span className={column.kind === 'actions' ? styles.hidden : undefined}>{column.head}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {selection && (
                <td className={styles.select}>
                  <input
                    type="checkbox"
                    aria-label={`Select ${selection.nameOf(row)}`}
                    checked={selection.isSelected(row)}
                    onChange={(event) => selection.onSelect([row], event.target.checked)}
                  />
                </td>
              )}
              <th scope="row" className={styles.name}>
                {name.cell(row)}
              </th>
              {others.map((column) => (
                <td key={column.head} data-head={column.head} className={styles[column.kind ?? 'text']}>
                  <div>{column.cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
