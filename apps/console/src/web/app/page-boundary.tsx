import { Component, type ReactNode, Suspense } from 'react'
import { ErrorPage } from '../pages/errors/error-page.tsx'
import { Loading } from '../ui/loading.tsx'

/** Around a page: its file is still on its way, or it failed. Another place is a new try. */
export class PageBoundary extends Component<{ readonly place: string; readonly children: ReactNode }> {
  override state: { readonly failure?: { readonly error: Error; readonly place: string } } = {}

  static getDerivedStateFromError(error: unknown) {
    return { failure: { error: error instanceof Error ? error : new Error(String(error)), place: location.pathname } }
  }

  override render(): ReactNode {
    const { failure } = this.state
    if (failure !== undefined && failure.place === this.props.place) {
      // After a new version was rolled out, the file of a page may be gone: the page as a whole has to come again.
      return <ErrorPage error={failure.error} onRetry={() => location.reload()} />
    }
    return <Suspense fallback={<Loading label="Loading the page" />}>{this.props.children}</Suspense>
  }
}
