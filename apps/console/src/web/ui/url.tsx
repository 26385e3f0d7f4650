import { LongText } from './long-text.tsx'

/** A url in a list. */
export function Url({ url }: { readonly url: string }) {
  return (
    <code>
      <LongText text={url} />
    </code>
  )
}
