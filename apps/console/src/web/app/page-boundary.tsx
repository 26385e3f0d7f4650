import { Component, type ReactNode, Suspense } from 'react'
import { NoAnswer, reachConsole } from '../api/console-fetch.ts'
import { BarePage } from '../layout/bare-page.tsx'
import { ErrorPage } from '../pages/errors/error-page.tsx'
import { Loading } from '../ui/loading.tsx'

export interface PageBoundaryProps {
  readonly place: string
  /** There is no frame around it. */
  readonly isBare?: boolean
  readonly children: ReactNode
}

/** After a new version was rolled out, the file of a page may be gone: the page as a whole has to come again. */
const reload = () => location.reload()

/** Before that, the browser would have nothing to show at all. */
const reloadOnceThere = () => void reachConsole().then(reload, () => undefined)

/** Around a page: its file is still on its way, or it failed. Another place is a new try. */
export class PageBoundary extends Component<PageBoundaryProps> {
  override state: { readonly failure?: { readonly error: Error; readonly place: string } } = {}

  static getDerivedStateFromError(error: unknown) {
    return { failure: { error: error instanceof Error ? error : new Error(String(error)), place: location.pathname } }
  }

  override render(): ReactNode {
    const { failure } = this.state
    if (failure !== undefined && failure.place === this.props.place) {
      const { error } = failure
      const page = <ErrorPage error={error} onRetry={error instanceof NoAnswer ? reloadOnceThere : reload} />
      return this.props.isBare === true ? <BarePage>{page}</BarePage> : page
    }
    return <Suspense fallback={<Loading label="Loading the page" />}>{this.props.children}</Suspense>
  }
}
