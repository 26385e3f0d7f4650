import { LongText } from './long-text.tsx'

/** A host and its port stay in one line, where the table has the room. */
export const urlMinWidth = 'min(17.5em, 22cqw)'

/** A url in a list. */
export function Url({ url }: { readonly url: string }) {
  return (
    <code>
      <LongText text={url} />
    </code>
  )
}
