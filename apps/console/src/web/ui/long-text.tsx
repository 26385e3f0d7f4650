import { Fragment } from 'react'
import styles from './long-text.module.css'

/** A url or name that may be a thousand letters long: three lines of it, and the whole on hover and to be copied. */
export function LongText({ text }: { readonly text: string }) {
  return (
    <span title={text} className={styles.text}>
      <Breakable text={text} />
    </span>
  )
}

/** A text whose lines end behind a slash, a dot or an underscore rather than anywhere, where there is one. */
export function Breakable({ text }: { readonly text: string }) {
  return text.split(/(?<=[^/:]\/|[?&_]|[^.]\.)(?!\*?$)/).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ))
}
