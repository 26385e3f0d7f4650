import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { askPendingAgain } from '../api/queries.ts'
import { Button } from './button.tsx'
import styles from './loading.module.css'

/** Longer than any answer takes of a gateway that works. */
const slowMs = 5_000

export interface LoadingProps {
  readonly label: string
  readonly lines?: number
  /** What is waited for was asked by a query, so it can be asked for again. */
  readonly canAskAgain?: boolean
}

/**
 * Grey lines in the place of what comes; they show after a moment, as most answers come before. Where none comes for
 * long, they say so: a service that hangs refuses nothing, and lets everybody wait.
 */
export function Loading({ label, lines = 4, canAskAgain = false }: LoadingProps) {
  const queries = useQueryClient()
  const [tries, setTries] = useState(1)
  const [slowTry, setSlowTry] = useState(0)
  useEffect(() => {
    const timer = setTimeout(() => setSlowTry(tries), slowMs)
    return () => clearTimeout(timer)
  }, [tries])
  const askAgain = () => {
    setTries(tries + 1)
    void askPendingAgain(queries)
  }
  return (
    <>
      <div role="status" aria-label={label} className={styles.loading}>
        {Array.from({ length: lines }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
          <span key={index} />
        ))}
        {slowTry === tries && <p>There is no answer yet. This is taking longer than usual.</p>}
      </div>
      {slowTry === tries && canAskAgain && <Button onClick={askAgain}>Try again</Button>}
    </>
  )
}
