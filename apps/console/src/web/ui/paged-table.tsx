import type { ComponentProps, ReactNode } from 'react'
import type { Listed } from '../api/lists.ts'
import { Answered } from './answered.tsx'
import { Empty } from './empty.tsx'
import { MoreButton } from './more-button.tsx'
import styles from './paged-table.module.css'
import { Table, type TableProps } from './table.tsx'

type List<Row> = ComponentProps<typeof Answered>['query'] &
  ComponentProps<typeof MoreButton>['list'] & { readonly data: Listed<Row> | undefined }

export interface PagedTableProps<Row> extends Omit<TableProps<Row>, 'rows'> {
  readonly list: List<Row>
  /** How to see more, where filters leave nothing; undefined: there are none. */
  readonly narrowed: string | undefined
  /** Where there is nothing at all. */
  readonly empty: ReactNode
  /** What can be done with the whole list, beside how many entries it has. */
  readonly actions?: ReactNode
}

/** A list of the account with its pages: how many rows there are, and the rows, or why there are none. */
export function PagedTable<Row>({ list, narrowed, empty, actions, ...table }: PagedTableProps<Row>) {
  const { data: { entries: rows, total } = { entries: [], total: undefined } } = list
  const things = table.label.toLowerCase()
  return (
    <Answered query={list} label={`Loading ${things}`}>
      {rows.length > 0 ? (
        <>
          {(total !== undefined || actions) && (
            <div className={styles.head}>
              <p role="status">{total !== undefined && countOf(total, things)}</p>
              {actions}
            </div>
          )}
          <Table {...table} rows={rows} />
          <MoreButton list={list} />
        </>
      ) : narrowed === undefined ? (
        empty
      ) : (
        <>
          <Empty title={`No ${things} found${list.hasNextPage ? ' so far' : ''}`}>{narrowed}</Empty>
          {/* A page looks at so many entries at most: what fits can be beyond them. */}
          <MoreButton list={list} />
        </>
      )}
    </Answered>
  )
}

function countOf(total: number, things: string): string {
  return total === 1 ? `1 ${things.replace(/s$/, '')}` : `${total.toLocaleString('en')} ${things}`
}
