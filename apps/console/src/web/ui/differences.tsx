import { Button } from './button.tsx'
import styles from './differences.module.css'
import { Breakable } from './long-text.tsx'
import { Notice } from './notice.tsx'

export interface Difference {
  readonly field: string
  readonly mine: string
  readonly theirs: string
}

export interface DifferencesProps {
  readonly differences: readonly Difference[]
  readonly onKeepMine: () => void
  readonly onTakeTheirs: () => void
}

/** Somebody else changed the same thing meanwhile: both values. Nothing that was typed is lost. */
export function Differences({ differences, onKeepMine, onTakeTheirs }: DifferencesProps) {
  return (
    <Notice tone="warn" title="Changed meanwhile by somebody else">
      {differences.length === 0 ? (
        <p>It is now exactly what you typed.</p>
      ) : (
        <table className={styles.table} aria-label="Yours and the present values">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Yours</th>
              <th scope="col">Now</th>
            </tr>
          </thead>
          <tbody>
            {differences.map(({ field, mine, theirs }) => (
              <tr key={field}>
                <th scope="row">{field}</th>
                <td data-head="Yours">{mine === '' ? '–' : <Breakable text={mine} />}</td>
                <td data-head="Now">{theirs === '' ? '–' : <Breakable text={theirs} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className={styles.actions}>
        <Button look="primary" onClick={onKeepMine}>
          Save mine
        </Button>
        <Button onClick={onTakeTheirs}>Take the present values</Button>
      </div>
    </Notice>
  )
}
