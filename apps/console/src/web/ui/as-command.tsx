import styles from './as-command.module.css'
import { Code } from './code.tsx'

/** The line of `mtls` that does the same as a form; never with a token or a password in it. */
export function AsCommand({ command }: { readonly command: string }) {
  return (
    <details className={styles.details}>
      <summary>As a command</summary>
      <Code text={command} label="the command" />
    </details>
  )
}
