// A page that fails takes neither the navigation nor what is said of it down with it.
import { Component, type ReactNode } from 'react';
import { ApiProblem } from '../api/http';
import { Refusal } from './refusal';

export class FaultBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <Refusal problem={new ApiProblem('console-fault', 0, '', '', '')} /> : this.props.children;
  }
}
