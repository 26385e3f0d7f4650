import { Empty } from './empty.tsx'

/** A page whose content the session may not see. */
export function NoScope({ reason }: { readonly reason: string }) {
  return <Empty title="You have no access to this">{reason}</Empty>
}
