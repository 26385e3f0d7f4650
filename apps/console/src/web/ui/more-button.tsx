import { Button } from './button.tsx'

interface Paged {
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  readonly fetchNextPage: () => unknown
}

/** The next page of a list, below those that are there. */
export function MoreButton({ list }: { readonly list: Paged }) {
  if (!list.hasNextPage) return null
  return (
    <div>
      <Button isPending={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        Load more
      </Button>
    </div>
  )
}
