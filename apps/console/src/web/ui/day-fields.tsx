import styles from './day-fields.module.css'
import { TextField } from './field.tsx'

const dayMs = 86_400_000

export interface DayFieldsProps {
  readonly since: string | undefined
  readonly until: string | undefined
  readonly onChange: (range: { readonly since: string | undefined } | { readonly until: string | undefined }) => void
}

/** The first and the last day of what a list shows. */
export function DayFields({ since, until, onChange }: DayFieldsProps) {
  return (
    <div className={styles.days}>
      <TextField
        label="Since"
        type="date"
        value={since?.slice(0, 10) ?? ''}
        onChange={(event) => onChange({ since: startOfDay(event.target.value) })}
      />
      <TextField
        label="Until"
        type="date"
        value={lastDayBefore(until)}
        onChange={(event) => onChange({ until: endOfDay(event.target.value) })}
      />
    </div>
  )
}

/** Midnight in UTC, in which the gateway writes times. */
function startOfDay(day: string): string | undefined {
  return day === '' ? undefined : `${day}T00:00:00Z`
}

/** The midnight after, so that the day itself is shown. */
function endOfDay(day: string): string | undefined {
  return day === '' ? undefined : new Date(Date.parse(`${day}T00:00:00Z`) + dayMs).toISOString()
}

/** The last day that is shown before this time. */
function lastDayBefore(end: string | undefined): string {
  const at = Date.parse(end ?? '')
  return Number.isNaN(at) ? '' : new Date(at - 1).toISOString().slice(0, 10)
}
