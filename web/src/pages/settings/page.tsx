import type { ReactNode } from 'react';
import { Link, useParams } from '@tanstack/react-router';
import { useMay, type Role } from '../../api/queries/me';
import { NeedsRole } from '../../shell/needs-role';
import { classes } from '../../ui/classes';
import { PageBody, PageHead } from '../../ui/page';
import { EmptyState } from '../../ui/states';
import { EnrollmentKeys } from './enrollment-keys';
import { Me } from './me';
import { Server } from './server';
import { Tokens } from './tokens';
import { Users } from './users';
import { Webhooks } from './webhooks';

interface Section {
  readonly name: string;
  readonly needs: Role;
  readonly Shown: () => ReactNode;
}

const SECTIONS: Readonly<Record<string, Section>> = {
  me: { name: 'Me', needs: 'viewer', Shown: Me },
  tokens: { name: 'API tokens', needs: 'viewer', Shown: Tokens },
  users: { name: 'Users', needs: 'admin', Shown: Users },
  'enrollment-keys': { name: 'Enrolment keys', needs: 'admin', Shown: EnrollmentKeys },
  webhooks: { name: 'Webhooks', needs: 'admin', Shown: Webhooks },
  server: { name: 'Server', needs: 'viewer', Shown: Server },
};

/** Who may use the server, and how it is. Sections that one may not see are not there. */
export default function SettingsPage() {
  const { section } = useParams({ from: '/settings/$section' });
  const may = { viewer: useMay('viewer'), operator: useMay('operator'), admin: useMay('admin') };
  const shown = SECTIONS[section];
  return (
    <>
      <PageHead title="Settings" name={shown ? `${shown.name} · Settings` : 'Settings'} />
      <nav
        aria-label="Settings"
        className="flex shrink-0 gap-1 overflow-x-auto border-b border-line px-4 md:px-6"
      >
        {Object.entries(SECTIONS).map(
          ([key, { name, needs }]) =>
            may[needs] && (
              <Link
                key={key}
                to="/settings/$section"
                params={{ section: key }}
                aria-current={key === section ? 'page' : undefined}
                className={classes(
                  '-mb-px shrink-0 border-b-2 px-2 py-2 text-sm',
                  key === section ? 'border-accent font-medium text-ink' : 'border-transparent text-ink-2',
                )}
              >
                {name}
              </Link>
            ),
        )}
      </nav>
      <PageBody>
        {shown ? (
          <NeedsRole role={shown.needs} what="To see these settings">
            <shown.Shown />
          </NeedsRole>
        ) : (
          <EmptyState title={`There are no settings named ${section}.`} />
        )}
      </PageBody>
    </>
  );
}
