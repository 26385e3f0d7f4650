import type { ComponentProps, ReactNode } from 'react'
import { Answered } from './answered.tsx'
import { Empty } from './empty.tsx'
import { MoreButton } from './more-button.tsx'
import { Table, type TableProps } from './table.tsx'

type List<Row> = ComponentProps<typeof Answered>['query'] &
  ComponentProps<typeof MoreButton>['list'] & { readonly data: readonly Row[] | undefined }

export interface PagedTableProps<Row> extends Omit<TableProps<Row>, 'rows'> {
  readonly list: List<Row>
  /** How to see more, where filters leave nothing; undefined: there are none. */
  readonly narrowed: string | undefined
  /** Where there is nothing at all. */
  readonly empty: ReactNode
}

/** A list of the account with its pages: rows, or why there are none. */
export function PagedTable<Row>({ list, narrowed, empty, ...table }: PagedTableProps<Row>) {
  const { data: rows = [] } = list
  const things = table.label.toLowerCase()
  return (
    <Answered query={list} label={`Loading ${things}`}>
      {rows.length > 0 ? (
        <>
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
