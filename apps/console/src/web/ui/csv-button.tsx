import { useMutation } from '@tanstack/react-query'
import { Button } from './button.tsx'
import { saveAs } from './download.tsx'
import { say } from './toasts.tsx'

/** Spreadsheets take a file without it for one in another encoding. */
const byteOrderMark = '\ufeff'

export interface CsvButtonProps {
  /** What the file is named after. */
  readonly name: string
  /** All that fits the filters, not only what is shown. */
  readonly read: () => Promise<string>
}

/** Saves a list as a file for spreadsheets. */
export function CsvButton({ name, read }: CsvButtonProps) {
  const csv = useMutation({
    mutationFn: read,
    onSuccess: (text) => saveAs(byteOrderMark + text, `${name}.csv`, 'text/csv;charset=utf-8'),
    onError: () => say({ text: 'The list could not be read. Try again.', about: 'csv' }),
  })
  return (
    <Button isPending={csv.isPending} onClick={() => csv.mutate()}>
      Download CSV
    </Button>
  )
}
