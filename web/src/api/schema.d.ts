/** Generated from docs/openapi.json by `npm run web:types:write`. */

export interface paths {
    "/api/ota/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who did what
         * @description Lists what admins and devices changed, and what was refused for a role, the newest first. Filters must match exactly and are combined. Takes the role admin.
         */
        get: operations["AuditController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/audit/head": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the ends of the audit log
         * @description Returns ids and hashes of the two ends. Keep last_id and last_hash outside of this server. Takes the role admin.
         */
        get: operations["AuditController_head"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/audit/cut": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove the oldest rows of the audit log
         * @description Removes all rows up to the first that is not older than `before`. Where the log begins then is signed, and the removal is a row of its own. Takes the role admin.
         */
        post: operations["AuditController_cut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in
         * @description Exchanges a username and password for a bearer token, which all other admin operations require. It is valid for expires_in seconds; then log in again. After several failures from one address, further attempts are refused until Retry-After seconds have passed, whether the password is correct or not.
         */
        post: operations["AuthController_login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show who a token stands for
         * @description Returns the user, the role, how the token was obtained and when it expires. Takes the role viewer.
         */
        get: operations["AuthController_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change your own password
         * @description Invalidates all tokens of logins that were issued to you before, including the one sent with this request: log in again. Your sessions in other browsers end. API tokens stay, and cannot change the password. Takes the role viewer.
         */
        post: operations["AuthController_changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in a browser
         * @description Returns a bearer token for 15 minutes, and sets a cookie with which the browser gets the next one. The cookie cannot be read by scripts, is sent to this site only, and ends after 30 days. Programs log in with POST /api/auth/login.
         */
        post: operations["SessionsController_begin"];
        /**
         * Log out a browser
         * @description Ends the session of the cookie, if there is one, and the tokens that it has given out.
         */
        delete: operations["SessionsController_end"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/session/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get the next token of a session
         * @description Exchanges the cookie for another one. A cookie that is used a second time ends the session, since a copy may have been stolen.
         */
        post: operations["SessionsController_refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List users
         * @description Returns the users in the order of their names, with their roles. Takes the role admin.
         */
        get: operations["UsersController_list"];
        put?: never;
        /**
         * Create a user
         * @description A viewer reads; an operator also publishes firmware, and names, tags, groups and blocks devices; an admin also manages users and tokens. Takes the role admin.
         */
        post: operations["UsersController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a user
         * @description Ends the tokens and sessions of the user, too. Takes the role admin.
         */
        delete: operations["UsersController_remove"];
        options?: never;
        head?: never;
        /**
         * Change a user
         * @description A change has its effect on every server within a second, also for tokens that were issued before. Takes the role admin.
         */
        patch: operations["UsersController_change"];
        trace?: never;
    };
    "/api/ota/admin/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List API tokens, the newest first
         * @description Your own; for an admin those of all users. Revoked tokens are left out. Takes the role viewer.
         */
        get: operations["ApiTokensController_list"];
        put?: never;
        /**
         * Make an API token
         * @description For a program or a pipeline. It is sent as a bearer token wherever the token of a login is, makes no tokens and changes no passwords, and ends when it expires or is revoked, or its user is deleted or disabled. Takes the role viewer.
         */
        post: operations["ApiTokensController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API token
         * @description Your own; an admin any. No server accepts it a second later. Takes the role viewer.
         */
        delete: operations["ApiTokensController_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow what happens
         * @description A stream of server-sent events: `event` is the kind, `data` an EventResponse. At most one a second for each entity, the newest. The event `reset` says that events may have been missed: read the lists again. Events of the audit log take the role admin. Takes the role viewer.
         */
        get: operations["EventsController_follow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks
         * @description Without their secrets, which nobody can read back. Takes the role admin.
         */
        get: operations["WebhooksController_list"];
        put?: never;
        /**
         * Make a webhook
         * @description From then on each event that it chose is sent to its URL, signed as Standard Webhooks are, at least once and in order for each entity: 8 tries within a day. Takes the role admin.
         */
        post: operations["WebhooksController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a webhook
         * @description With its deliveries. What waits is not sent. Takes the role admin.
         */
        delete: operations["WebhooksController_delete"];
        options?: never;
        head?: never;
        /**
         * Change a webhook
         * @description Changes only the fields that are sent. The secret stays: for another one, make another webhook. Takes the role admin.
         */
        patch: operations["WebhooksController_change"];
        trace?: never;
    };
    "/api/ota/admin/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message to a webhook
         * @description One message of the type webhook.test, once, now. It waits at most 10 seconds for the receiver. Takes the role admin.
         */
        post: operations["WebhooksController_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of a webhook, the newest first
         * @description Those that wait, and those that ended in the last EVENT_RETENTION_HOURS. Takes the role admin.
         */
        get: operations["WebhooksController_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload an image
         * @description Stores a file in the firmware store. The file is validated while it is received, and refused if it is not an ESP32 application image, if it is incomplete, or if a device that runs it would report a version other than the published one. It is not offered to devices until it is registered. Takes the role operator.
         */
        post: operations["FirmwareController_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/inspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Inspect an image
         * @description Returns every problem and warning that an upload and a registration of this file would produce, and stores nothing. Missing fields are suggested from the image. Takes the role operator.
         */
        post: operations["FirmwareController_inspect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/firmware": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List firmware
         * @description Lists the newest version first within a device_type. Takes the role viewer.
         */
        get: operations["FirmwareController_list"];
        put?: never;
        /**
         * Register an uploaded image as a firmware
         * @description Checks the stored file against file_size and file_hash, and the data in the image against the existing firmware of this device_type. With is_stable, it is offered to devices. Takes the role operator.
         */
        post: operations["FirmwareController_register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/firmware/{firmware_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show one firmware
         * @description Returns all fields of a firmware, including the path of its file in the store. Takes the role viewer.
         */
        get: operations["FirmwareController_get"];
        put?: never;
        post?: never;
        /**
         * Deactivate or delete a firmware
         * @description Stops offering and serving the firmware to devices. The row, the file and the logs remain. With purge=true, the row and the file are deleted if the firmware was never offered to a device. Takes the role operator.
         */
        delete: operations["FirmwareController_deactivate"];
        options?: never;
        head?: never;
        /**
         * Change a firmware
         * @description Changes only the fields that are sent. null clears a text or min_current_version. A change that offers the firmware to more devices (is_stable, is_active, offer_to_unparsable) is checked like a registration. Takes the role operator.
         */
        patch: operations["FirmwareController_change"];
        trace?: never;
    };
    "/api/ota/admin/firmware/{firmware_id}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Compare the stored file with its hash
         * @description Storage can corrupt files silently. A damaged file is neither served nor offered; restore it from the backup and verify it again. Takes the role operator.
         */
        post: operations["FirmwareController_verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/store": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compare the store with the registered firmware
         * @description Lists files that no firmware refers to, and firmware whose file is missing. Only names are compared: verify a firmware to compare its file with its hash. Takes the role viewer.
         */
        get: operations["StoreController_check"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/store/clean": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove unreferenced files
         * @description Removes files that no firmware refers to and that were last written more than a day ago. Uploads in progress are not affected. Takes the role operator.
         */
        post: operations["StoreController_clean"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/firmware/prune": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove the files of old inactive firmware
         * @description Keeps the files of active firmware and of the newest inactive releases of each device_type. The rows and logs of the others remain, with pruned_at set. To restore one, upload the same file and set is_active. Takes the role operator.
         */
        post: operations["StoreController_prune"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check for an update
         * @description Offers the newest stable release of the device_type that is newer than what the device runs and whose min_current_version it meets. An offer opens an attempt in the logs. If there is no update, reason says why. Answered from memory, even while the database is unavailable.
         */
        post: operations["OtaCheckController_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices/{device_id}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain why a device is updated or not
         * @description The decision that answers the checks of the device, in steps. At most one step is false, and it is the reason; a device that is up to date, or only has to ask, has none. Takes the role viewer.
         */
        get: operations["ExplanationController_explain"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices/audience": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the devices that would be offered a firmware
         * @description Applies the same decision as a check to the stable releases and this firmware, which is treated as stable and active and does not have to be registered. The `ota` command shows these numbers before a release. Takes the role viewer.
         */
        get: operations["DevicesController_audience"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/devices/enroll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enrol a device
         * @description Send the enrolment key as the bearer. Until the token is used for the first time, the same request returns the same token, so a lost response can be repeated.
         */
        post: operations["EnrollmentController_enroll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/enrollment-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the enrolment keys
         * @description Returns what is known of each key, but not the key itself: only its hash is kept. Takes the role admin.
         */
        get: operations["EnrollmentKeysController_list"];
        put?: never;
        /**
         * Create an enrolment key
         * @description Devices of its device_type exchange the key for a token of their own. Only its hash is kept. Takes the role admin.
         */
        post: operations["EnrollmentKeysController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/enrollment-keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an enrolment key
         * @description Devices that have enrolled with it keep their tokens; those that wait to be accepted need another key. Takes the role admin.
         */
        delete: operations["EnrollmentKeysController_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create the tokens of many devices
         * @description For a production line. If a line of the table is faulty, no token is created. Takes the role admin.
         */
        post: operations["DeviceIdentityController_mintAll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices/{device_id}/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create the token of a device
         * @description From then on the device must send it. The token is the same each time until the device uses it; after that, send reset=true, which revokes it. Takes the role admin.
         */
        post: operations["DeviceIdentityController_mint"];
        /**
         * Revoke the tokens of a device
         * @description Every server refuses them within a second. The device can enrol again. Takes the role admin.
         */
        delete: operations["DeviceIdentityController_revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices/{device_id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept a device that enrols
         * @description It gets its token when it asks again. Takes the role operator.
         */
        post: operations["DeviceIdentityController_accept"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices/{device_id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject a device that enrols
         * @description It is not served until it is accepted. Takes the role operator.
         */
        post: operations["DeviceIdentityController_reject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices/{device_id}/block": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Block a device
         * @description Checks answer device_blocked, downloads 403. Its reports are kept. Takes the role operator.
         */
        post: operations["DeviceIdentityController_block"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices/{device_id}/unblock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Unblock a device
         * @description It is served as before it was blocked. Takes the role operator.
         */
        post: operations["DeviceIdentityController_unblock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices/bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change or forget all devices that match a filter
         * @description Only if exactly `expect` devices match: count them with the list before. All of them are changed, or none. `delete` takes the role admin. Takes the role operator.
         */
        post: operations["BulkController_bulk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change the devices of a table
         * @description If a line of the table is faulty, or its device unknown, no device is changed. Takes the role operator.
         */
        post: operations["BulkController_import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List devices
         * @description Lists the devices that match a filter, the one seen last first. X-Next is the cursor of the next page: send it as `after`, which takes as long on the last page as on the first one, where `skip` takes longer and longer. With `Accept: text/csv` all devices that match are sent as CSV, in the order of their ids. Takes the role viewer.
         */
        get: operations["FleetController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count devices by status, version and day
         * @description Counts the devices that match a filter. Without a filter the counts may be a second old; a very large fleet is counted as a whole at intervals of twenty times as long as counting takes. Takes the role viewer.
         */
        get: operations["FleetController_summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/devices/{device_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a device
         * @description By its id or its MAC address. Takes the role viewer.
         */
        get: operations["FleetController_get"];
        put?: never;
        post?: never;
        /**
         * Forget a device
         * @description Deletes the device with its attempts. If it checks again, it is a new one. Its revoked tokens remain revoked, and a blocked device remains blocked. Takes the role admin.
         */
        delete: operations["FleetController_forget"];
        options?: never;
        head?: never;
        /**
         * Change what operators say of a device
         * @description Changes only the fields that are sent. Takes the role operator.
         */
        patch: operations["FleetController_change"];
        trace?: never;
    };
    "/api/ota/admin/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the groups
         * @description In the order of their names. A group has either members or a filter; the devices that a filter finds are counted for each list. Takes the role viewer.
         */
        get: operations["GroupsController_list"];
        put?: never;
        /**
         * Create a group
         * @description With a filter, or with members: those of device_ids, or none yet. Takes the role operator.
         */
        post: operations["GroupsController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/groups/{group_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a group
         * @description With the number of its devices. Takes the role viewer.
         */
        get: operations["GroupsController_get"];
        put?: never;
        post?: never;
        /**
         * Delete a group
         * @description Its devices stay. Filters that were kept and name it find nothing; while a rollout that has not ended names it, it is refused. Takes the role operator.
         */
        delete: operations["GroupsController_delete"];
        options?: never;
        head?: never;
        /**
         * Change a group
         * @description Changes only the fields that are sent. Filters that name the group by its old name find nothing. Takes the role operator.
         */
        patch: operations["GroupsController_change"];
        trace?: never;
    };
    "/api/ota/admin/groups/{group_id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the devices of a group
         * @description Their ids in order, of a group with members as of one with a filter. With Accept: text/csv as a table, which can be sent back. Takes the role viewer.
         */
        get: operations["GroupsController_members"];
        /**
         * Set the members of a group
         * @description Exactly these devices are members afterwards. As JSON, or as text/csv: a table of at most 1,000,000 lines with a column device_id, such as an export of the devices. If a device is not known, the group does not change. Takes the role operator.
         */
        put: operations["GroupsController_setMembers"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report the status of an update
         * @description Updates the newest open attempt of the device at the firmware; if that attempt has ended, opens a new one. Sending the same final status twice changes nothing.
         */
        post: operations["StatusController_report"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List update attempts
         * @description Lists update attempts, the newest first: one row each time a device tries to install a firmware. Filters are combined; X-Total-Count is the number of rows on all pages. Takes the role viewer.
         */
        get: operations["LogsController_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the rollouts
         * @description The newest first. Takes the role viewer.
         */
        get: operations["RolloutsController_list"];
        put?: never;
        /**
         * Make a rollout
         * @description A draft, until it is started. How many devices the target finds is counted now and stays; none is allowed, too. Takes the role operator.
         */
        post: operations["RolloutsController_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Preview a rollout
         * @description Whom it would offer the firmware, by the decision that answers checks. Nothing is changed. matched and left_out are together all devices of the device_type. Takes the role viewer.
         */
        post: operations["RolloutsController_preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts/{rollout_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a rollout
         * @description With how many devices are where, the evidence, and why it halted. Takes the role viewer.
         */
        get: operations["RolloutsController_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts/{rollout_id}/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the devices of a rollout
         * @description Those that were offered the firmware, the newest offer first. Takes the role viewer.
         */
        get: operations["RolloutsController_devices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts/{rollout_id}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get how the evidence of a rollout has come about
         * @description A series for a chart, by the numbers of the offers, with what is known of those devices now. The last point is the present. Takes the role viewer.
         */
        get: operations["RolloutsController_evidence"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts/{rollout_id}/factors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get what the failed devices of a rollout have in common
         * @description Revisions and previous version, attributes (those of operators before their own) and tags, each with how many devices have it and how many of those failed. The guiltiest comes first. Takes the role viewer.
         */
        get: operations["RolloutsController_factors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts/{rollout_id}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a rollout
         * @description It runs, waits for its time, or waits for approval. One that is scheduled no longer waits for its time. Takes the role operator.
         */
        post: operations["RolloutsController_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts/{rollout_id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve a rollout
         * @description By another person than its maker, whatever tokens they use. Takes the role operator.
         */
        post: operations["RolloutsController_approve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts/{rollout_id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a rollout
         * @description Nothing more is offered. What devices report still counts. Takes the role operator.
         */
        post: operations["RolloutsController_pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts/{rollout_id}/abort": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Abort a rollout
         * @description For ever. Its firmware is no longer served, unless something else brought it into force. Takes the role operator.
         */
        post: operations["RolloutsController_abort"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts/{rollout_id}/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finish a rollout
         * @description All devices of its target may have the firmware from now on. Without a target the firmware becomes stable. Refused while no device has confirmed that it runs the firmware. Takes the role operator.
         */
        post: operations["RolloutsController_finish"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts/{rollout_id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a rollout
         * @description One that was paused; or one that halted, once devices were excused, or with a higher max_failure_rate. One that would halt again at once is not resumed. Takes the role operator.
         */
        post: operations["RolloutsController_resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/rollouts/{rollout_id}/excuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Excuse devices of a rollout
         * @description Devices that failed for another reason than the firmware do not count any more. Others of the list are left out. Does not resume a rollout. Takes the role operator.
         */
        post: operations["RolloutsController_excuse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/download/{firmware_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a firmware
         * @description GET or HEAD; the whole file or one Range. Use the download_url from the response to a check. A firmware that was never stable is sent only for a signed URL or with an admin's bearer token.
         */
        get: operations["DownloadController_download"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ota/admin/firmware/{firmware_id}/downloads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the downloads of a firmware
         * @description Counts downloads that started at the first byte: a resumed download counts once. An unknown firmware has none. Takes the role viewer.
         */
        get: operations["DownloadCountController_count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check whether the process is up
         * @description For process supervisors. Does not query the database or the disk.
         */
        get: operations["HealthController_check"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check whether this process can serve devices
         * @description For load balancers: 200 from the end of startup until the process stops. It stays 200 while the database or the store is unavailable, because checks and downloads continue. With several workers, each answers for itself.
         */
        get: operations["HealthController_ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check the state of the server
         * @description For monitoring: the state of the database and the store, and the age of the catalog, from a background check that is at most a second old. A part that does not respond within two seconds counts as unavailable.
         */
        get: operations["HealthController_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get metrics for Prometheus
         * @description Returns the metrics of all workers. If METRICS_TOKEN is set, send it as a bearer token.
         */
        get: operations["MetricsController_read"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AuditActorResponse: {
            /**
             * @example user
             * @enum {string}
             */
            kind: "user" | "token" | "device" | "server";
            /**
             * @description Of the user, token or device.
             * @example 1
             */
            id: number | null;
            /**
             * @description As it was then; of a token with that of its user.
             * @example admin
             */
            name: string;
        };
        AuditRowResponse: {
            /**
             * @description Its place in the chain: 1, 2, 3 …
             * @example 2
             */
            id: number;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            at: string;
            actor: components["schemas"]["AuditActorResponse"];
            /** @example 192.0.2.7 */
            address: string | null;
            /** @example 0b1e6a3e-8a4b-4d0e-9b39-3f2f6f6c1c55 */
            request_id: string | null;
            /** @example firmware.change */
            action: string;
            /** @example firmware:12 */
            target: string;
            /**
             * @description The changed fields, as they were.
             * @example {
             *       "is_stable": false
             *     }
             */
            before: {
                [key: string]: unknown;
            } | null;
            /**
             * @description The changed fields, as they became.
             * @example {
             *       "is_stable": true
             *     }
             */
            after: {
                [key: string]: unknown;
            } | null;
            /**
             * @description Refused: for the role.
             * @example done
             * @enum {string}
             */
            result: "done" | "refused";
            /**
             * @description Hash of the row before; 64 zeros in row 1.
             * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
             */
            previous_hash: string;
            /**
             * @description SHA-256 of this row, its id and previous_hash included: see `ota audit verify`.
             * @example c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8
             */
            hash: string;
        };
        AuditHeadResponse: {
            /**
             * @description Id of the oldest row that is kept.
             * @example 1
             */
            first_id: number;
            /**
             * @description Hash of the row before that one.
             * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
             */
            previous_hash: string;
            /**
             * @description Whether this server removed the rows before first_id, as its signature says; null if none were removed.
             * @example null
             */
            cut_is_signed: boolean | null;
            /**
             * @description Id of the newest row; 0 if there is none.
             * @example 2
             */
            last_id: number;
            /**
             * @description Its hash. Whoever keeps it elsewhere can prove later changes.
             * @example c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8
             */
            last_hash: string;
        };
        AuditCutRequest: {
            /**
             * Format: date-time
             * @description Older rows are removed. At least 90 days ago.
             * @example 2025-01-31
             */
            before: string;
        };
        AuditCutResponse: {
            /**
             * @description Number of removed rows.
             * @example 1200
             */
            removed: number;
        };
        LoginRequest: {
            /** @example admin */
            username: string;
            /**
             * Format: password
             * @example the password that the first start printed
             */
            password: string;
        };
        LoginResponse: {
            /**
             * @description Send it as `Authorization: Bearer …`.
             * @example eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.dGhlIHNpZ25hdHVyZQ
             */
            access_token: string;
            /** @example Bearer */
            token_type: string;
            /**
             * @description Lifetime of the token in seconds.
             * @example 43200
             */
            expires_in: number;
        };
        MeResponse: {
            /**
             * @description The id of the user.
             * @example 1
             */
            id: number;
            /** @example admin */
            username: string;
            /**
             * @description The user's, or the token's where that is lower.
             * @example admin
             * @enum {string}
             */
            role: "viewer" | "operator" | "admin";
            /**
             * @example password
             * @enum {string}
             */
            via: "password" | "token";
            /**
             * @description The name of the API token; null: the credentials are those of a login.
             * @example null
             */
            token_name: string | null;
            /**
             * Format: date-time
             * @description When the credentials expire; null: never.
             * @example 2026-01-31T12:00:00.000Z
             */
            expires_at: string | null;
        };
        PasswordChangeRequest: {
            /**
             * Format: password
             * @example the password until now
             */
            current_password: string;
            /**
             * Format: password
             * @example the password from now on
             */
            new_password: string;
        };
        SuccessResponse: {
            /** @example true */
            success: boolean;
        };
        SessionResponse: {
            /**
             * @description Send it as `Authorization: Bearer …`.
             * @example eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.dGhlIHNpZ25hdHVyZQ
             */
            access_token: string;
            /**
             * @description Lifetime of the token in seconds.
             * @example 900
             */
            expires_in: number;
        };
        UserResponse: {
            /** @example 2 */
            id: number;
            /** @example anna */
            username: string;
            /**
             * @example operator
             * @enum {string}
             */
            role: "viewer" | "operator" | "admin";
            /**
             * @description False: the user cannot log in, and tokens of the user are refused.
             * @example true
             */
            is_active: boolean;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            updated_at: string;
        };
        UserCreateRequest: {
            /** @example anna */
            username: string;
            /**
             * Format: password
             * @example four words of no sentence
             */
            password: string;
            /**
             * @default viewer
             * @enum {string}
             */
            role: "viewer" | "operator" | "admin";
            /**
             * @description False: the user cannot log in yet.
             * @default true
             */
            is_active: boolean;
        };
        UserChangeRequest: {
            /** @example anna */
            username?: string;
            /**
             * Format: password
             * @description Ends the sessions and tokens of logins of the user; API tokens stay.
             * @example four words of no sentence
             */
            password?: string;
            /** @enum {string} */
            role?: "viewer" | "operator" | "admin";
            /**
             * @description False: ends the sessions of the user; API tokens are refused until the user is active again.
             * @example true
             */
            is_active?: boolean;
        };
        TokenResponse: {
            /** @example 3 */
            id: number;
            /** @example 2 */
            user_id: number;
            /** @example anna */
            username: string;
            /** @example ci */
            name: string;
            /**
             * @description The user's role is the other limit.
             * @example operator
             * @enum {string}
             */
            role: "viewer" | "operator" | "admin";
            /**
             * @description The beginning of the token.
             * @example ota_4f7H
             */
            token_prefix: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description null: never.
             * @example null
             */
            expires_at: string | null;
            /**
             * Format: date-time
             * @description About a minute exact; null: not used yet.
             * @example 2026-02-01T12:00:00.000Z
             */
            last_used_at: string | null;
        };
        TokenCreateRequest: {
            /**
             * @description What the token is for.
             * @example ci
             */
            name: string;
            /**
             * @description Not above your own.
             * @default viewer
             * @enum {string}
             */
            role: "viewer" | "operator" | "admin";
            /**
             * Format: date-time
             * @description Absent: the token never expires.
             * @example 2099-01-31T12:00:00Z
             */
            expires_at?: string;
        };
        TokenCreatedResponse: {
            /** @example 3 */
            id: number;
            /** @example 2 */
            user_id: number;
            /** @example anna */
            username: string;
            /** @example ci */
            name: string;
            /**
             * @description The user's role is the other limit.
             * @example operator
             * @enum {string}
             */
            role: "viewer" | "operator" | "admin";
            /**
             * @description The beginning of the token.
             * @example ota_4f7H
             */
            token_prefix: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description null: never.
             * @example null
             */
            expires_at: string | null;
            /**
             * Format: date-time
             * @description About a minute exact; null: not used yet.
             * @example 2026-02-01T12:00:00.000Z
             */
            last_used_at: string | null;
            /**
             * @description The token itself, which is shown only now.
             * @example ota_4f7HkQzv2bXw9Jr1mNc8LpYs3TdUe6Ga0RhVi5K
             */
            token: string;
        };
        WebhookResponse: {
            /** @example 3 */
            id: number;
            /** @example https://example.com/hooks/ota */
            url: string;
            /**
             * @description Kinds of events, or types: see docs/events.md.
             * @example [
             *       "firmware",
             *       "attempt.failed"
             *     ]
             */
            events: string[];
            /** @example Chat of the team */
            description: string | null;
            /** @example true */
            is_active: boolean;
            /**
             * @description Why it is not active: a day without success, too many deliveries that wait, or an admin.
             * @example null
             */
            disabled_because: string | null;
            /**
             * @description Deliveries that have neither arrived nor been given up.
             * @example 0
             */
            waiting: number;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            last_success_at: string | null;
            /**
             * Format: date-time
             * @example null
             */
            last_failure_at: string | null;
            /**
             * @description Of the newest try; null: it arrived.
             * @example null
             */
            last_error: string | null;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            updated_at: string;
        };
        WebhookCreateRequest: {
            /** @example https://example.com/hooks/ota */
            url: string;
            /**
             * @description Kinds of events, or types: see docs/events.md.
             * @example [
             *       "firmware",
             *       "attempt.failed"
             *     ]
             */
            events: string[];
            /** @example Chat of the team */
            description?: string | null;
        };
        WebhookCreatedResponse: {
            /** @example 3 */
            id: number;
            /** @example https://example.com/hooks/ota */
            url: string;
            /**
             * @description Kinds of events, or types: see docs/events.md.
             * @example [
             *       "firmware",
             *       "attempt.failed"
             *     ]
             */
            events: string[];
            /** @example Chat of the team */
            description: string | null;
            /** @example true */
            is_active: boolean;
            /**
             * @description Why it is not active: a day without success, too many deliveries that wait, or an admin.
             * @example null
             */
            disabled_because: string | null;
            /**
             * @description Deliveries that have neither arrived nor been given up.
             * @example 0
             */
            waiting: number;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            last_success_at: string | null;
            /**
             * Format: date-time
             * @example null
             */
            last_failure_at: string | null;
            /**
             * @description Of the newest try; null: it arrived.
             * @example null
             */
            last_error: string | null;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            updated_at: string;
            /**
             * @description What messages are signed with, which is shown only now.
             * @example whsec_ddQZa2vkE3b0cUlFpDKwNPGJV0wFJcW1kgcEJk0vFyk=
             */
            secret: string;
        };
        WebhookChangeRequest: {
            /** @example https://example.com/hooks/ota */
            url?: string;
            /**
             * @description Kinds of events, or types: see docs/events.md.
             * @example [
             *       "firmware",
             *       "attempt.failed"
             *     ]
             */
            events?: string[];
            /**
             * @description null clears it.
             * @example The team channel
             */
            description?: string | null;
            /**
             * @description true: told of what happens from now on. false: what waits is given up.
             * @example true
             */
            is_active?: boolean;
        };
        WebhookTestResponse: {
            /**
             * @description Whether the receiver answered 2xx.
             * @example true
             */
            delivered: boolean;
            /**
             * @description null: there was no answer.
             * @example 204
             */
            status: number | null;
            /** @example null */
            error: string | null;
        };
        WebhookDeliveryResponse: {
            /** @example 51 */
            id: number;
            /**
             * @description The header webhook-id.
             * @example evt_1042
             */
            message_id: string;
            /** @example attempt.failed */
            type: string;
            /** @example attempt:789 */
            entity: string;
            /**
             * @example delivered
             * @enum {string}
             */
            state: "waiting" | "delivered" | "failed";
            /** @example 1 */
            tries: number;
            /**
             * Format: date-time
             * @description null: it has ended, or waits for an earlier one of its entity.
             * @example null
             */
            next_try_at: string | null;
            /** @example 204 */
            last_status: number | null;
            /** @example null */
            last_error: string | null;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            ended_at: string | null;
        };
        SegmentResponse: {
            /** @example 1077936160 */
            load_address: number;
            /**
             * @description Bytes.
             * @example 196640
             */
            length: number;
        };
        SignatureBlockResponse: {
            /**
             * @example RSA-3072
             * @enum {string}
             */
            algorithm: "RSA-3072" | "ECDSA-P192" | "ECDSA-P256" | "ECDSA-P384";
            /**
             * @description SHA-256 of the public key, as burned into eFuse.
             * @example cb64d7ec2b9785ac5b542a61de9b7a3e4f72f1c817bea8ddca0d08fc037c5fc5
             */
            key_digest: string;
        };
        SignatureResponse: {
            /**
             * @example none
             * @enum {string}
             */
            scheme: "none" | "secure-boot-v1" | "secure-boot-v2";
            /**
             * @description All of them were verified.
             * @example []
             */
            blocks: components["schemas"]["SignatureBlockResponse"][];
        };
        ApplicationResponse: {
            /** @example ESP32-P4 */
            chip: string;
            /**
             * @description The esp_chip_id_t of ESP-IDF.
             * @example 18
             */
            chip_id: number;
            /** @example scales_bridge_tab5 */
            project_name: string;
            /** @example 1.0.0 */
            version: string;
            /**
             * @description The anti-rollback counter.
             * @example 0
             */
            secure_version: number;
            /** @example v5.5.1 */
            idf_version: string;
            /** @example Jan  1 2026 */
            build_date: string;
            /** @example 12:00:00 */
            build_time: string;
            /**
             * @description SHA-256 of the ELF file.
             * @example null
             */
            elf_sha256: string | null;
            /**
             * @description The SHA-256 at the end of the image, which a device can read from its slot.
             * @example null
             */
            validation_hash: string | null;
            /**
             * @description Size in bytes, without a signature.
             * @example 327920
             */
            image_size: number;
            /**
             * @description Major × 100 + minor.
             * @example 0
             */
            min_chip_revision: number;
            /**
             * @description Major × 100 + minor.
             * @example 199
             */
            max_chip_revision: number | null;
            /** @example 0 */
            min_efuse_block_revision: number | null;
            /** @example 199 */
            max_efuse_block_revision: number | null;
            /**
             * @description Bytes.
             * @example 65536
             */
            mmu_page_size: number | null;
            /** @example DIO */
            flash_mode: string | null;
            /**
             * @description Bytes.
             * @example 4194304
             */
            flash_size: number | null;
            /**
             * @description As a part of the fastest clock of the chip.
             * @example 1/1
             */
            flash_frequency: string | null;
            /** @example 1074135162 */
            entry_address: number;
            segments: components["schemas"]["SegmentResponse"][];
            /**
             * @description Hex of the bytes where ESP-IDF puts a custom descriptor; null when zero.
             * @example null
             */
            custom_descriptor: string | null;
            signature: components["schemas"]["SignatureResponse"];
        };
        ImageResponse: {
            /**
             * @description unknown: not an ESP32 image, so it could not be checked.
             * @example application
             * @enum {string}
             */
            kind: "application" | "unknown";
            application: components["schemas"]["ApplicationResponse"] | null;
            /**
             * @description Messages for people.
             * @example []
             */
            warnings: string[];
        };
        UploadResponse: {
            /** @example true */
            success: boolean;
            /** @example scales_bridge_tab5-1.0.0-esp32p4.bin */
            filename: string;
            /** @example scales_bridge_tab5 */
            device_type: string;
            /** @example 1.0.0 */
            version: string;
            /**
             * @description Relative to the firmware store. Send it to register the firmware.
             * @example scales_bridge_tab5/v1.0.0.bin
             */
            binary_path: string;
            /**
             * @description Bytes.
             * @example 327920
             */
            file_size: number;
            /**
             * @description SHA-256 of the file.
             * @example c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8
             */
            file_hash: string;
            /**
             * @description The number that was sent, or else the number after the plus sign of the version in the image (`1.2.3+45`); absent if there is neither.
             * @example 45
             */
            build_number?: number;
            image: components["schemas"]["ImageResponse"];
        };
        SuggestionResponse: {
            /** @example scales_bridge_tab5 */
            device_type: string | null;
            /** @example 1.0.0 */
            version: string | null;
            /** @example 1 */
            build_number: number | null;
        };
        ProblemFoundResponse: {
            /**
             * @description The code of the error; docs/errors.md lists all codes.
             * @example CHIP_MISMATCH
             */
            code: string;
            /** @example The image is for ESP32-C3, and this device_type runs on ESP32-P4. */
            detail: string;
        };
        InspectionResponse: {
            /**
             * @description Bytes.
             * @example 327920
             */
            file_size: number;
            /**
             * @description SHA-256 of the file.
             * @example c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8
             */
            file_hash: string;
            image: components["schemas"]["ImageResponse"];
            /** @description The values that were sent, or else values derived from the image and the preceding firmware. */
            suggested: components["schemas"]["SuggestionResponse"];
            /**
             * @description If empty, the file would be accepted.
             * @example []
             */
            problems: components["schemas"]["ProblemFoundResponse"][];
            /**
             * @description Messages for people.
             * @example []
             */
            warnings: string[];
            /**
             * @description The id of an existing firmware with the same content.
             * @example null
             */
            same_file: number | null;
            /**
             * @description The id of the newest stable release of this device_type with a lower version.
             * @example null
             */
            predecessor: number | null;
        };
        FirmwareCreateRequest: {
            /**
             * @description Accept an image that contains a version or build other than the published one.
             * @default false
             */
            allow_version_mismatch: boolean;
            /**
             * @description Accept an image whose version cannot be ordered.
             * @default false
             */
            allow_unparsable_version: boolean;
            /**
             * @description Accept a file that is not an ESP32 application image. Text is never accepted.
             * @default false
             */
            allow_unknown_format: boolean;
            /**
             * @description Accept an image for a different chip than before.
             * @default false
             */
            allow_chip_change: boolean;
            /**
             * @description Accept a secure version lower than that of the newest stable release.
             * @default false
             */
            allow_lower_secure_version: boolean;
            /** @example scales_bridge_tab5 */
            device_type: string;
            /**
             * @description MAJOR.MINOR.PATCH, optionally with -prerelease.
             * @example 1.0.0
             */
            version: string;
            /** @example 1 */
            build_number: number;
            /**
             * @description The file name that a browser suggests for a download.
             * @example scales_bridge_tab5-1.0.0-esp32p4.bin
             */
            filename: string;
            /**
             * @description Size in bytes, as returned by the upload.
             * @example 327920
             */
            file_size: number;
            /**
             * @description SHA-256 of the file, as returned by the upload.
             * @example c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8
             */
            file_hash: string;
            /**
             * @description As returned by the upload.
             * @example scales_bridge_tab5/v1.0.0.bin
             */
            binary_path: string;
            /** @example First release */
            description?: string | null;
            /** @example Reads the scales every second. */
            release_notes?: string | null;
            /**
             * @description Only stable releases are offered.
             * @default false
             * @example false
             */
            is_stable: boolean;
            /**
             * @description Devices on an older version are not offered this one.
             * @example null
             */
            min_current_version?: string | null;
        };
        FirmwareDetailResponse: {
            /** @example 1 */
            id: number;
            /** @example scales_bridge_tab5 */
            device_type: string;
            /** @example 1.0.0 */
            version: string;
            /** @example 1 */
            build_number: number;
            /** @example scales_bridge_tab5-1.0.0-esp32p4.bin */
            filename: string;
            /**
             * @description Bytes.
             * @example 327920
             */
            file_size: number;
            /**
             * @description SHA-256 of the file.
             * @example c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8
             */
            file_hash: string;
            /** @example First release */
            description: string | null;
            /** @example Reads the scales every second. */
            release_notes: string | null;
            /** @example true */
            is_stable: boolean;
            /** @example true */
            is_active: boolean;
            /** @example null */
            min_current_version: string | null;
            /**
             * @description Whether it is also offered to devices whose version cannot be ordered.
             * @example false
             */
            offer_to_unparsable: boolean;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            updated_at: string;
            /**
             * Format: date-time
             * @description When is_stable first became true.
             * @example 2026-01-31T12:00:00.000Z
             */
            released_at: string | null;
            /**
             * Format: date-time
             * @description When its stored file was removed to save space; null if the file was not removed.
             * @example null
             */
            pruned_at: string | null;
            /** @description Data read from the file; null if it was registered before files were read. */
            image: components["schemas"]["ImageResponse"] | null;
            /**
             * @description Relative to the firmware store.
             * @example scales_bridge_tab5/v1.0.0.bin
             */
            binary_path: string;
        };
        FirmwareResponse: {
            /** @example 1 */
            id: number;
            /** @example scales_bridge_tab5 */
            device_type: string;
            /** @example 1.0.0 */
            version: string;
            /** @example 1 */
            build_number: number;
            /** @example scales_bridge_tab5-1.0.0-esp32p4.bin */
            filename: string;
            /**
             * @description Bytes.
             * @example 327920
             */
            file_size: number;
            /**
             * @description SHA-256 of the file.
             * @example c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8
             */
            file_hash: string;
            /** @example First release */
            description: string | null;
            /** @example Reads the scales every second. */
            release_notes: string | null;
            /** @example true */
            is_stable: boolean;
            /** @example true */
            is_active: boolean;
            /** @example null */
            min_current_version: string | null;
            /**
             * @description Whether it is also offered to devices whose version cannot be ordered.
             * @example false
             */
            offer_to_unparsable: boolean;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            updated_at: string;
            /**
             * Format: date-time
             * @description When is_stable first became true.
             * @example 2026-01-31T12:00:00.000Z
             */
            released_at: string | null;
            /**
             * Format: date-time
             * @description When its stored file was removed to save space; null if the file was not removed.
             * @example null
             */
            pruned_at: string | null;
            /** @description Data read from the file; null if it was registered before files were read. */
            image: components["schemas"]["ImageResponse"] | null;
        };
        FirmwareChangeRequest: {
            /**
             * @description Accept an image that contains a version or build other than the published one.
             * @default false
             */
            allow_version_mismatch: boolean;
            /**
             * @description Accept an image whose version cannot be ordered.
             * @default false
             */
            allow_unparsable_version: boolean;
            /**
             * @description Accept a file that is not an ESP32 application image. Text is never accepted.
             * @default false
             */
            allow_unknown_format: boolean;
            /**
             * @description Accept an image for a different chip than before.
             * @default false
             */
            allow_chip_change: boolean;
            /**
             * @description Accept a secure version lower than that of the newest stable release.
             * @default false
             */
            allow_lower_secure_version: boolean;
            /** @example First release */
            description?: string | null;
            /** @example Reads the scales every second. */
            release_notes?: string | null;
            /**
             * @description Only stable releases are offered.
             * @example true
             */
            is_stable?: boolean;
            /**
             * @description An inactive firmware is neither offered nor served.
             * @example true
             */
            is_active?: boolean;
            /** @example null */
            min_current_version?: string | null;
            /**
             * @description Also offer it to devices whose version cannot be ordered, if it has no min_current_version.
             * @example false
             */
            offer_to_unparsable?: boolean;
        };
        FirmwareDeactivatedResponse: {
            /** @example true */
            success: boolean;
            /**
             * @description `Firmware deleted` after purge=true.
             * @example Firmware deactivated
             */
            message: string;
        };
        FirmwareVerifiedResponse: {
            /** @example true */
            success: boolean;
            /** @example 1 */
            firmware_id: number;
            /**
             * @description Bytes.
             * @example 327920
             */
            file_size: number;
            /**
             * @description SHA-256 of the stored file, as registered.
             * @example c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8
             */
            file_hash: string;
        };
        UnreferencedFileResponse: {
            /**
             * @description Relative to the firmware store.
             * @example scales_bridge_tab5/v0.9.0.bin
             */
            path: string;
            /**
             * @description Bytes.
             * @example 327920
             */
            size: number;
            /**
             * Format: date-time
             * @description When it was last written.
             * @example 2026-01-31T12:00:00.000Z
             */
            modified_at: string;
            /**
             * @description Whether it was last written more than a day ago, so that clean removes it.
             * @example true
             */
            removable: boolean;
        };
        MissingFileResponse: {
            /** @example 1 */
            id: number;
            /** @example scales_bridge_tab5 */
            device_type: string;
            /** @example 1.0.0 */
            version: string;
            /** @example 1 */
            build_number: number;
            /** @example true */
            is_active: boolean;
            /** @example scales_bridge_tab5/v1.0.0.bin */
            binary_path: string;
        };
        StoreReportResponse: {
            /**
             * @description Number of files in the store, without uploads in progress.
             * @example 12
             */
            files: number;
            /**
             * @description Total size of these files in bytes.
             * @example 3935040
             */
            bytes: number;
            /**
             * @description Files that no firmware refers to.
             * @example [
             *       {
             *         "path": "scales_bridge_tab5/v0.9.0.bin",
             *         "size": 327920,
             *         "modified_at": "2026-01-31T12:00:00.000Z",
             *         "removable": true
             *       }
             *     ]
             */
            unreferenced: components["schemas"]["UnreferencedFileResponse"][];
            /**
             * @description Firmware whose file is missing from the store, except pruned firmware.
             * @example []
             */
            missing: components["schemas"]["MissingFileResponse"][];
        };
        StoreCleanRequest: {
            /**
             * @description Return what would be removed without removing anything.
             * @default false
             */
            dry_run: boolean;
        };
        StoreFileResponse: {
            /**
             * @description Relative to the firmware store.
             * @example scales_bridge_tab5/v0.9.0.bin
             */
            path: string;
            /**
             * @description Bytes.
             * @example 327920
             */
            size: number;
            /**
             * Format: date-time
             * @description When it was last written.
             * @example 2026-01-31T12:00:00.000Z
             */
            modified_at: string;
        };
        StoreCleanResponse: {
            /**
             * @example [
             *       {
             *         "path": "scales_bridge_tab5/v0.9.0.bin",
             *         "size": 327920,
             *         "modified_at": "2026-01-31T12:00:00.000Z"
             *       }
             *     ]
             */
            removed: components["schemas"]["StoreFileResponse"][];
            /**
             * @description Total size of the removed files in bytes.
             * @example 327920
             */
            bytes: number;
        };
        PruneRequestBody: {
            /**
             * @description Return what would be removed without removing anything.
             * @default false
             */
            dry_run: boolean;
            /**
             * @description Number of newest inactive releases per device_type that keep their files.
             * @example 3
             */
            keep: number;
            /**
             * @description Default: every device_type.
             * @example scales_bridge_tab5
             */
            device_type?: string;
        };
        PrunedFirmwareResponse: {
            /** @example 1 */
            id: number;
            /** @example scales_bridge_tab5 */
            device_type: string;
            /** @example 1.0.0 */
            version: string;
            /** @example 1 */
            build_number: number;
            /**
             * @description Bytes.
             * @example 327920
             */
            file_size: number;
        };
        PruneResponse: {
            /**
             * @example [
             *       {
             *         "id": 1,
             *         "device_type": "scales_bridge_tab5",
             *         "version": "1.0.0",
             *         "build_number": 1,
             *         "file_size": 327920
             *       }
             *     ]
             */
            pruned: components["schemas"]["PrunedFirmwareResponse"][];
            /**
             * @description Total size of the removed files in bytes; a file shared by several releases counts once.
             * @example 327920
             */
            bytes: number;
        };
        CheckRequest: {
            /** @example 123 */
            device_id: number;
            /** @example scales_bridge_tab5 */
            device_type: string;
            /**
             * @description The version that the device runs: `1.2.3`, `v1.2.3`, git-describe output …
             * @example 0.9.0
             */
            current_version: string;
            /** @example 1 */
            current_build: number;
            /**
             * @description ELF SHA-256 of the running image, 8 to 64 hexadecimal digits. An invalid optional field is dropped.
             * @example c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8
             */
            elf_sha256?: string;
            /**
             * @description A new random number at each boot.
             * @example 305419896
             */
            boot_id?: number;
            /**
             * @description Seconds between two checks of this device.
             * @example 3600
             */
            check_interval?: number;
            /**
             * @description Whether the device would install an older version.
             * @default false
             */
            accepts_downgrade: boolean;
            /**
             * @description At most 20 attributes. A key has up to 32 lower-case letters, digits and "_"; a value is a text of up to 64 characters, a number or a boolean. Common keys: chip, chip_revision, hw_revision, idf_version, reset_reason, secure_version, slot_size, free_heap, rssi, time_zone.
             * @example {
             *       "chip": "ESP32-P4",
             *       "rssi": -61
             *     }
             */
            attributes?: {
                [key: string]: unknown;
            };
        };
        CheckResponse: {
            /** @example true */
            update_available: boolean;
            /**
             * @description Why there is no update.
             * @enum {string}
             */
            reason?: "up_to_date" | "no_release" | "below_min_current_version" | "unparsable_current_version" | "update_loop" | "device_blocked" | "device_pending" | "rollout_waiting" | "rollout_paused" | "outside_window" | "attempts_exhausted" | "downgrade_not_accepted" | "below_secure_version";
            /** @example 1 */
            firmware_id?: number;
            /** @example 1.0.0 */
            version?: string;
            /** @example 1 */
            build_number?: number;
            /** @example First release */
            description?: string | null;
            /** @example /api/ota/download/1 */
            download_url?: string;
            /**
             * @description SHA-256 of the file.
             * @example c6b254684f48d483dc047559cfa5fcfb4797af006c40e65a4360fe35e16674c8
             */
            file_hash?: string;
            /**
             * @description Bytes.
             * @example 327920
             */
            file_size?: number;
            /**
             * @description Only if the server is busy: minimum number of seconds to wait before the download of an offer or the next check.
             * @example 60
             */
            retry_after?: number;
        };
        StepResponse: {
            /**
             * @example floor_met
             * @enum {string}
             */
            code: "admitted" | "has_checked" | "heard_lately" | "release_exists" | "version_readable" | "newer_release" | "floor_met" | "rollout" | "no_update_loop" | "files_intact" | "last_update" | "one_device";
            /**
             * @description false: this is the reason. null: a warning, or nothing that matters.
             * @example false
             */
            ok: boolean | null;
            /** @example It is below the floor */
            title: string;
            /** @example 2.0.0 build 1 asks for 1.5.0 or newer. */
            detail: string;
            /**
             * @description Where the API tells more.
             * @example /api/ota/admin/firmware?device_type=scales_bridge
             */
            link: string | null;
        };
        ExplanationResponse: {
            /** @example 123 */
            device_id: number;
            /**
             * @description What a check of the device would be answered now: update_available or the reason.
             * @example below_min_current_version
             * @enum {string}
             */
            verdict: "update_available" | "up_to_date" | "no_release" | "below_min_current_version" | "unparsable_current_version" | "update_loop" | "device_blocked" | "device_pending" | "rollout_waiting" | "rollout_paused" | "outside_window" | "attempts_exhausted" | "downgrade_not_accepted" | "below_secure_version" | "never_checked";
            /**
             * @example waiting
             * @enum {string}
             */
            status: "up_to_date" | "updating" | "waiting" | "silent" | "failed" | "rolled_back" | "blocked" | "pending" | "unknown";
            /**
             * @description What was looked at, in this order, up to the reason; then warnings.
             * @example []
             */
            steps: components["schemas"]["StepResponse"][];
            /**
             * Format: date-time
             * @description By its own check interval, or the one that its checks have shown. In the past: it is overdue.
             * @example 2026-01-31T12:00:00.000Z
             */
            next_check_expected_at: string | null;
        };
        AudienceResponse: {
            /**
             * @description Devices of this type that have checked at least once.
             * @example 500
             */
            devices: number;
            /**
             * @description Number of these devices that would be offered this firmware now, according to their last check.
             * @example 480
             */
            would_be_offered: number;
        };
        EnrollRequest: {
            /** @example 123 */
            device_id: number;
            /** @example scales_bridge_tab5 */
            device_type: string;
        };
        EnrollResponse: {
            /**
             * @description The same until it is used for the first time. Keep it, and send it as a bearer with every request.
             * @example otad_AQAkbygDflEAAAADkkwqqrv0q3bSWdQKU_vVytms
             */
            device_token: string;
        };
        EnrollPendingResponse: {
            /**
             * @example pending
             * @enum {string}
             */
            status: "pending";
        };
        EnrollmentKeyResponse: {
            /** @example 1 */
            id: number;
            /** @example Line 3 */
            name: string | null;
            /** @example scales_bridge_tab5 */
            device_type: string;
            /**
             * @description The beginning of the key, which is not kept itself.
             * @example otae_3pV1xQd
             */
            key_prefix: string;
            /** @example false */
            requires_acceptance: boolean;
            /**
             * Format: date-time
             * @example null
             */
            expires_at: string | null;
            /** @example 100 */
            max_devices: number | null;
            /**
             * @description Devices that enrolled with it last, or wait to be accepted.
             * @example 12
             */
            enrolled: number;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example null
             */
            revoked_at: string | null;
        };
        EnrollmentKeyRequest: {
            /**
             * @description The only device_type that may enrol with it.
             * @example scales_bridge_tab5
             */
            device_type: string;
            /** @example Line 3 */
            name?: string | null;
            /**
             * @description Whether an operator must accept each device before it gets a token.
             * @default false
             */
            requires_acceptance: boolean;
            /**
             * Format: date-time
             * @description After it no further device may begin to enrol. Without it, the key does not expire.
             * @example 2030-01-31T12:00:00.000Z
             */
            expires_at?: string | null;
            /**
             * @description The number of devices that may enrol with it. Without it, there is no limit.
             * @example 100
             */
            max_devices?: number | null;
        };
        NewEnrollmentKeyResponse: {
            /** @example 1 */
            id: number;
            /** @example Line 3 */
            name: string | null;
            /** @example scales_bridge_tab5 */
            device_type: string;
            /**
             * @description The beginning of the key, which is not kept itself.
             * @example otae_3pV1xQd
             */
            key_prefix: string;
            /** @example false */
            requires_acceptance: boolean;
            /**
             * Format: date-time
             * @example null
             */
            expires_at: string | null;
            /** @example 100 */
            max_devices: number | null;
            /**
             * @description Devices that enrolled with it last, or wait to be accepted.
             * @example 12
             */
            enrolled: number;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example null
             */
            revoked_at: string | null;
            /**
             * @description The key itself, which is shown only this once.
             * @example otae_…
             */
            key: string;
        };
        DeviceTokensRequest: {
            /**
             * @description Revokes the tokens that a device has; required once it has used one.
             * @default false
             */
            reset: boolean;
            /**
             * @description A table with the header `device_id,device_type` and at most 10,000 devices; a device id may be a MAC address.
             * @example device_id,device_type
             *     24:6f:28:03:7e:51,scales_bridge_tab5
             */
            csv: string;
        };
        ListedDeviceToken: {
            /** @example 123 */
            device_id: number;
            /** @example otad_AQAkbygDflEAAAADkkwqqrv0q3bSWdQKU_vVytms */
            device_token: string;
            /** @example scales_bridge_tab5 */
            device_type: string;
        };
        DeviceTokensResponse: {
            /**
             * @description In the order of the table.
             * @example [
             *       {
             *         "device_id": 123,
             *         "device_type": "scales_bridge_tab5",
             *         "device_token": "otad_AQAkbygDflEAAAADkkwqqrv0q3bSWdQKU_vVytms"
             *       }
             *     ]
             */
            devices: components["schemas"]["ListedDeviceToken"][];
        };
        DeviceTokenResponse: {
            /** @example 123 */
            device_id: number;
            /** @example otad_AQAkbygDflEAAAADkkwqqrv0q3bSWdQKU_vVytms */
            device_token: string;
        };
        DeviceAccessResponse: {
            /** @example 123 */
            device_id: number;
            /**
             * @description What the device must prove itself with.
             * @example token
             * @enum {string}
             */
            identity: "none" | "token" | "certificate";
            /**
             * @example accepted
             * @enum {string}
             */
            enrollment: "none" | "pending" | "accepted" | "rejected";
            /** @example false */
            is_blocked: boolean;
            /**
             * @description How often its tokens were revoked.
             * @example 1
             */
            token_epoch: number;
        };
        DeviceBulkRequest: {
            /**
             * @description A filter; an empty text is all devices.
             * @example tag:lab
             */
            q: string;
            /**
             * @description The number of devices that match, as X-Total-Count of the list says it.
             * @example 12
             */
            expect: number;
            /**
             * @example [
             *       "beta"
             *     ]
             */
            add_tags?: string[];
            /**
             * @example [
             *       "lab"
             *     ]
             */
            remove_tags?: string[];
            /** @example beta */
            channel?: string;
            /**
             * @description Blocks the devices; false unblocks them.
             * @example true
             */
            block?: boolean;
            /**
             * @description Forgets the devices with their attempts; for admins, and alone.
             * @default false
             */
            delete: boolean;
        };
        ChangedResponse: {
            /**
             * @description Number of devices.
             * @example 12
             */
            changed: number;
        };
        DevicesImportRequest: {
            /**
             * @description A CSV table with a header, at most 10,000 devices and 60 columns: id (a number or a MAC address), and any of name, tags (with spaces between them), channel, notes and attr.<key>. A column that is there is set as it stands in the cell; an empty cell clears. Of the column attributes of an export what differs is set. Its other columns are ignored.
             * @example id,name,attr.hw_revision
             *     24:6f:28:03:7e:51,Munich 7,B
             */
            csv: string;
        };
        DeviceResponse: {
            /** @example 123 */
            device_id: number;
            /** @example Munich 7 */
            name: string | null;
            /**
             * @description null until it has checked, as the version and the build are.
             * @example scales_bridge_tab5
             */
            device_type: string | null;
            /** @example 1.0.0 */
            version: string | null;
            /** @example 1 */
            build_number: number | null;
            /** @example stable */
            channel: string;
            /**
             * @example [
             *       "lab"
             *     ]
             */
            tags: string[];
            /**
             * @description What the device says of itself; the operators' attributes win.
             * @example {
             *       "chip": "ESP32-P4",
             *       "hw_revision": "B"
             *     }
             */
            attributes: {
                [key: string]: unknown;
            };
            /** @example null */
            notes: string | null;
            /**
             * @example up_to_date
             * @enum {string}
             */
            status: "up_to_date" | "updating" | "waiting" | "silent" | "failed" | "rolled_back" | "blocked" | "pending" | "unknown";
            /**
             * @description The version that it would be offered now.
             * @example null
             */
            desired_version: string | null;
            /**
             * @description Why a check would be answered without an update.
             * @example up_to_date
             * @enum {string|null}
             */
            reason: "up_to_date" | "no_release" | "below_min_current_version" | "unparsable_current_version" | "update_loop" | "device_blocked" | "device_pending" | "rollout_waiting" | "rollout_paused" | "outside_window" | "attempts_exhausted" | "downgrade_not_accepted" | "below_secure_version" | null;
            /**
             * @example none
             * @enum {string}
             */
            identity: "none" | "token" | "certificate";
            /**
             * @description Seconds between two checks, as the device says, or as its checks came.
             * @example 3600
             */
            check_interval: number | null;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            first_seen_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            last_seen_at: string;
        };
        VersionCount: {
            /** @example scales_bridge_tab5 */
            device_type: string | null;
            /** @example 1.0.0 */
            version: string | null;
            /** @example 1 */
            build_number: number | null;
            /** @example 480 */
            devices: number;
        };
        DayCount: {
            /**
             * Format: date
             * @description In UTC.
             * @example 2026-01-31
             */
            day: string;
            /**
             * @description Devices whose last update succeeded on this day.
             * @example 12
             */
            updated: number;
            /**
             * @description Devices that were seen for the first time on this day.
             * @example 3
             */
            first_seen: number;
            /**
             * @description Devices that were seen for the last time on this day.
             * @example 480
             */
            last_seen: number;
        };
        FleetSummaryResponse: {
            /** @example 500 */
            total: number;
            /**
             * @description Devices by their status: up_to_date, updating, waiting, silent, failed, rolled_back, blocked, pending, unknown. A status without devices is left out.
             * @example {
             *       "up_to_date": 480,
             *       "waiting": 20
             *     }
             */
            by_status: {
                [key: string]: number;
            };
            /**
             * @description What the devices run, the commonest first; at most 1000.
             * @example []
             */
            by_version: components["schemas"]["VersionCount"][];
            /**
             * @description The last 30 days, the oldest first.
             * @example []
             */
            by_day: components["schemas"]["DayCount"][];
        };
        DeviceChangeRequest: {
            /**
             * @description null removes it.
             * @example Munich 7
             */
            name?: string | null;
            /**
             * @description Of the form of a tag. null: stable.
             * @example beta
             */
            channel?: string | null;
            /**
             * @description At most 20, each `[a-z0-9][a-z0-9._-]{0,49}`; they take the place of those that it has.
             * @example [
             *       "lab"
             *     ]
             */
            tags?: string[] | null;
            /**
             * @description Those given are set, and null removes one. At most 20 in all, of the same form as in a check. null alone removes all.
             * @example {
             *       "hw_revision": "B"
             *     }
             */
            attributes?: {
                [key: string]: unknown;
            } | null;
            /**
             * @description null removes it.
             * @example null
             */
            notes?: string | null;
        };
        GroupResponse: {
            /** @example 1 */
            id: number;
            /** @example Munich */
            name: string;
            /** @example Shops in Munich */
            description: string | null;
            /**
             * @description null: the group has members.
             * @example type:scales tag:munich
             */
            filter: string | null;
            /**
             * @description Devices that are in it now; null: what its filter finds could not be counted in time.
             * @example 12
             */
            count: number | null;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            updated_at: string;
        };
        GroupRequest: {
            /**
             * @description Filters find the group by it, in capitals or not: group:munich.
             * @example Munich
             */
            name: string;
            /** @example Shops in Munich */
            description?: string | null;
            /**
             * @description The group has the devices that it finds. It may not name groups.
             * @example type:scales tag:munich
             */
            filter?: string | null;
            /**
             * @description Its members, if it has no filter.
             * @example [
             *       123,
             *       456
             *     ]
             */
            device_ids?: number[];
        };
        GroupChangeRequest: {
            /**
             * @description Filters find the group by it, in capitals or not: group:munich.
             * @example Munich
             */
            name?: string;
            /** @example Shops in Munich */
            description?: string | null;
            /**
             * @description The group has the devices that it finds. It may not name groups. Only of a group that was created with one.
             * @example type:scales tag:munich
             */
            filter?: string;
        };
        MembersResponse: {
            /**
             * @description The devices of the group, in order.
             * @example [
             *       123,
             *       456
             *     ]
             */
            device_ids: number[];
        };
        MembersRequest: {
            /**
             * @description Exactly these devices are members afterwards.
             * @example [
             *       123,
             *       456
             *     ]
             */
            device_ids: number[];
        };
        StatusRequest: {
            /** @example 123 */
            device_id: number;
            /** @example 1 */
            firmware_id: number;
            /**
             * @example downloading
             * @enum {string}
             */
            status: "pending" | "downloading" | "installing" | "success" | "failed";
            /** @example 4096 */
            bytes_downloaded?: number | null;
            /**
             * @description Truncated to 2000 characters; a longer text is not an error. A number or boolean is converted to text.
             * @example null
             */
            error_message?: string | null;
        };
        StatusResponse: {
            /** @example true */
            success: boolean;
            /**
             * @description The id of the attempt that the report belongs to.
             * @example 1
             */
            log_id: number;
            /**
             * @description The status of the attempt after the report.
             * @example downloading
             * @enum {string}
             */
            status: "pending" | "downloading" | "installing" | "success" | "failed";
        };
        LogResponse: {
            /** @example 1 */
            id: number;
            /** @example 123 */
            device_id: number;
            /** @example 1 */
            firmware_id: number;
            /**
             * @example success
             * @enum {string}
             */
            status: "pending" | "downloading" | "installing" | "success" | "failed";
            /** @example null */
            error_message: string | null;
            /**
             * @description The highest number of bytes that the device reported.
             * @example 327920
             */
            bytes_downloaded: number;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            download_started_at: string | null;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            download_completed_at: string | null;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            installed_at: string | null;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            updated_at: string;
        };
        RolloutCountsResponse: {
            /**
             * @description Devices that were offered the firmware.
             * @example 37
             */
            offered: number;
            /**
             * @description Of which nothing else is known yet.
             * @example 2
             */
            pending: number;
            /**
             * @description That run the firmware.
             * @example 33
             */
            confirmed: number;
            /**
             * @description That rolled back, or could not take the firmware.
             * @example 2
             */
            failed: number;
            /**
             * @description That began to install and did not come back.
             * @example 0
             */
            silent: number;
            /**
             * @description That never began to install, and do not count.
             * @example 0
             */
            released: number;
            /**
             * @description Whose failure an operator has explained.
             * @example 0
             */
            excused: number;
            /**
             * @description Devices that will be offered the firmware; null: not counted, as in lists.
             * @example 963
             */
            waiting: number | null;
            /**
             * @description Devices that it would bring back to an older version, and that do not accept one or whose secure_version is higher; null: not counted, as in lists.
             * @example 0
             */
            refusing: number | null;
        };
        PhaseResponse: {
            /**
             * Format: double
             * @example 0.1
             */
            share?: number;
            /** @example 100 */
            count?: number;
            /** @example tag:lab */
            target?: string;
            /**
             * @description Devices that the target found.
             * @example 12
             */
            matching?: number;
            /**
             * Format: double
             * @example 60
             */
            soak_minutes: number;
        };
        WindowResponse: {
            /**
             * @example [
             *       "mon",
             *       "tue"
             *     ]
             */
            days: ("sun" | "mon" | "tue" | "wed" | "thu" | "fri" | "sat")[];
            /** @example 22:00 */
            from: string;
            /** @example 06:00 */
            to: string;
        };
        RolloutResponse: {
            /** @example 1 */
            id: number;
            /** @example 2 */
            firmware_id: number;
            /** @example 1.0.0 */
            firmware_version: string | null;
            /** @example 1 */
            build_number: number | null;
            /** @example scales_bridge_tab5 */
            device_type: string;
            /**
             * @example running
             * @enum {string}
             */
            state: "draft" | "waiting_for_approval" | "scheduled" | "running" | "paused" | "halted" | "finished" | "aborted";
            /**
             * @description Where it stands, for people.
             * @example 37 offered, 33 confirmed, 2 failed, 2 waiting. The rollout stops at 6.
             */
            line: string;
            /**
             * @description For people: stopped: revision C3-v0.4, 4 of 6 failed.
             * @example null
             */
            halted_because: string | null;
            /**
             * Format: date-time
             * @description When it stopped itself.
             * @example null
             */
            halted_at: string | null;
            /**
             * @description Why nothing is offered although it may run: its firmware was deactivated, or is damaged, or a group that it names is gone, or a newer one is stable, so that no device goes back.
             * @example null
             */
            blocked_because: string | null;
            counts: components["schemas"]["RolloutCountsResponse"];
            /**
             * @description Failures that count: silent devices of one site count once.
             * @example 2
             */
            counted_failures: number;
            /**
             * @description At how many it stops, with the devices that it has now.
             * @example 6
             */
            limit: number;
            /**
             * Format: double
             * @description evidence : 1 against the release: a good one ever looks this bad in fewer than 1 in so many rollouts.
             * @example 12.3
             */
            evidence: number;
            /**
             * @description null: all devices of the type.
             * @example channel:beta
             */
            target: string | null;
            /**
             * @description Devices that the target found when the rollout was made.
             * @example 1000
             */
            matched: number;
            /**
             * @example phases
             * @enum {string}
             */
            ramp: "evidence" | "all" | "phases";
            /**
             * @example [
             *       {
             *         "share": 0.1,
             *         "soak_minutes": 60
             *       }
             *     ]
             */
            phases: components["schemas"]["PhaseResponse"][];
            /**
             * @description Which phase holds, from 0; the number of phases after the last one.
             * @example 0
             */
            phase_index: number;
            /**
             * Format: date-time
             * @description Since when the phase soaks.
             * @example 2026-01-31T12:00:00.000Z
             */
            phase_settled_at: string | null;
            /**
             * Format: double
             * @example 0.02
             */
            max_failure_rate: number;
            /**
             * Format: double
             * @example 0.01
             */
            false_alarm_rate: number;
            /** @example 15 */
            silent_after_minutes: number;
            /**
             * Format: double
             * @example 0.02
             */
            max_at_risk_share: number;
            /** @example 3 */
            attempts_per_device: number;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            starts_at: string | null;
            /**
             * @example [
             *       {
             *         "days": [
             *           "mon",
             *           "tue"
             *         ],
             *         "from": "22:00",
             *         "to": "06:00"
             *       }
             *     ]
             */
            windows: components["schemas"]["WindowResponse"][];
            /**
             * @description device: that of each device.
             * @example device
             */
            time_zone: string;
            /** @example false */
            needs_approval: boolean;
            /** @example false */
            allow_downgrade: boolean;
            /** @example null */
            note: string | null;
            /** @example alice */
            created_by: string;
            /** @example null */
            approved_by: string | null;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            started_at: string | null;
            /**
             * Format: date-time
             * @example null
             */
            ended_at: string | null;
            /**
             * @description Counts what was done to it; also the ETag, for If-Match.
             * @example 2
             */
            version: number;
        };
        RolloutRequest: {
            /** @example 2 */
            firmware_id: number;
            /**
             * @description A filter: the devices of the device_type that it finds. Without one: all. status: and seen: change by themselves, so that no target has them.
             * @example channel:beta -tag:lab
             */
            target?: string | null;
            /**
             * @description evidence: as fast as the evidence allows. phases: the same, capped by phases. all: everybody at once; it still halts.
             * @default evidence
             * @enum {string}
             */
            ramp: "evidence" | "all" | "phases";
            /**
             * @description Each has one of share, count and target. After the last phase there is no cap.
             * @example [
             *       {
             *         "target": "tag:lab",
             *         "soak_minutes": 60
             *       },
             *       {
             *         "share": 0.1,
             *         "soak_minutes": 1440
             *       }
             *     ]
             */
            phases?: {
                /**
                 * Format: double
                 * @description Of the devices: above 0, at most 1.
                 */
                share?: number;
                /** @description So many devices, those that check first. */
                count?: number;
                /** @description The devices that a filter finds. */
                target?: string;
                /**
                 * Format: double
                 * @description From the last result of the phase to the next phase; 0 without it.
                 */
                soak_minutes?: number;
            }[];
            /**
             * Format: double
             * @description The share of devices that may fail, roll back or stay silent.
             * @default 0.02
             * @example 0.02
             */
            max_failure_rate: number;
            /**
             * Format: double
             * @description The share of good releases that may be stopped by mistake.
             * @default 0.01
             * @example 0.01
             */
            false_alarm_rate: number;
            /**
             * @description A device that began to install and is not heard of for so long counts as failed.
             * @default 15
             * @example 15
             */
            silent_after_minutes: number;
            /**
             * Format: double
             * @description The share of the devices that may wait for their result at once.
             * @default 0.02
             * @example 0.02
             */
            max_at_risk_share: number;
            /**
             * @description A device is left out after so many attempts that failed before it began to install.
             * @default 3
             * @example 3
             */
            attempts_per_device: number;
            /**
             * Format: date-time
             * @description It runs from then on, once it is started.
             * @example 2026-01-31T12:00:00.000Z
             */
            starts_at?: string | null;
            /**
             * @description Hours of the week in which devices are offered the firmware. A window may go on past midnight.
             * @example [
             *       {
             *         "days": [
             *           "mon",
             *           "tue"
             *         ],
             *         "from": "22:00",
             *         "to": "06:00"
             *       }
             *     ]
             */
            windows?: {
                days: ("sun" | "mon" | "tue" | "wed" | "thu" | "fri" | "sat")[];
                from: string;
                to: string;
            }[];
            /**
             * @description Of the windows: an IANA name, or device for the attribute time_zone of each device.
             * @default device
             * @example Europe/Berlin
             */
            time_zone: string;
            /**
             * @description It waits until another person approves it.
             * @default false
             * @example false
             */
            needs_approval: boolean;
            /**
             * @description Also offer the firmware to devices that run a newer one and say that they accept an older one.
             * @default false
             * @example false
             */
            allow_downgrade: boolean;
            /** @example Ticket 1234 */
            note?: string | null;
        };
        RolloutPartResponse: {
            /**
             * @description Devices that were offered the firmware.
             * @example 37
             */
            offered: number;
            /**
             * @description Of which nothing else is known yet.
             * @example 2
             */
            pending: number;
            /**
             * @description That run the firmware.
             * @example 33
             */
            confirmed: number;
            /**
             * @description That rolled back, or could not take the firmware.
             * @example 2
             */
            failed: number;
            /**
             * @description That began to install and did not come back.
             * @example 0
             */
            silent: number;
            /**
             * @description That never began to install, and do not count.
             * @example 0
             */
            released: number;
            /**
             * @description Whose failure an operator has explained.
             * @example 0
             */
            excused: number;
            /**
             * @example chip_revision
             * @enum {string}
             */
            dimension: "hw_revision" | "chip_revision" | "previous_version" | "block";
            /** @example C3-v0.4 */
            value: string;
            /**
             * @description For people.
             * @example revision C3-v0.4
             */
            name: string;
            /**
             * @description Failures that count: silent devices of one site count once.
             * @example 4
             */
            counted_failures: number;
            /**
             * @description At how many the rollout stops, with the devices that it has now.
             * @example 4
             */
            limit: number;
        };
        RolloutDetailResponse: {
            /** @example 1 */
            id: number;
            /** @example 2 */
            firmware_id: number;
            /** @example 1.0.0 */
            firmware_version: string | null;
            /** @example 1 */
            build_number: number | null;
            /** @example scales_bridge_tab5 */
            device_type: string;
            /**
             * @example running
             * @enum {string}
             */
            state: "draft" | "waiting_for_approval" | "scheduled" | "running" | "paused" | "halted" | "finished" | "aborted";
            /**
             * @description Where it stands, for people.
             * @example 37 offered, 33 confirmed, 2 failed, 2 waiting. The rollout stops at 6.
             */
            line: string;
            /**
             * @description For people: stopped: revision C3-v0.4, 4 of 6 failed.
             * @example null
             */
            halted_because: string | null;
            /**
             * Format: date-time
             * @description When it stopped itself.
             * @example null
             */
            halted_at: string | null;
            /**
             * @description Why nothing is offered although it may run: its firmware was deactivated, or is damaged, or a group that it names is gone, or a newer one is stable, so that no device goes back.
             * @example null
             */
            blocked_because: string | null;
            counts: components["schemas"]["RolloutCountsResponse"];
            /**
             * @description Failures that count: silent devices of one site count once.
             * @example 2
             */
            counted_failures: number;
            /**
             * @description At how many it stops, with the devices that it has now.
             * @example 6
             */
            limit: number;
            /**
             * Format: double
             * @description evidence : 1 against the release: a good one ever looks this bad in fewer than 1 in so many rollouts.
             * @example 12.3
             */
            evidence: number;
            /**
             * @description null: all devices of the type.
             * @example channel:beta
             */
            target: string | null;
            /**
             * @description Devices that the target found when the rollout was made.
             * @example 1000
             */
            matched: number;
            /**
             * @example phases
             * @enum {string}
             */
            ramp: "evidence" | "all" | "phases";
            /**
             * @example [
             *       {
             *         "share": 0.1,
             *         "soak_minutes": 60
             *       }
             *     ]
             */
            phases: components["schemas"]["PhaseResponse"][];
            /**
             * @description Which phase holds, from 0; the number of phases after the last one.
             * @example 0
             */
            phase_index: number;
            /**
             * Format: date-time
             * @description Since when the phase soaks.
             * @example 2026-01-31T12:00:00.000Z
             */
            phase_settled_at: string | null;
            /**
             * Format: double
             * @example 0.02
             */
            max_failure_rate: number;
            /**
             * Format: double
             * @example 0.01
             */
            false_alarm_rate: number;
            /** @example 15 */
            silent_after_minutes: number;
            /**
             * Format: double
             * @example 0.02
             */
            max_at_risk_share: number;
            /** @example 3 */
            attempts_per_device: number;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            starts_at: string | null;
            /**
             * @example [
             *       {
             *         "days": [
             *           "mon",
             *           "tue"
             *         ],
             *         "from": "22:00",
             *         "to": "06:00"
             *       }
             *     ]
             */
            windows: components["schemas"]["WindowResponse"][];
            /**
             * @description device: that of each device.
             * @example device
             */
            time_zone: string;
            /** @example false */
            needs_approval: boolean;
            /** @example false */
            allow_downgrade: boolean;
            /** @example null */
            note: string | null;
            /** @example alice */
            created_by: string;
            /** @example null */
            approved_by: string | null;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            started_at: string | null;
            /**
             * Format: date-time
             * @example null
             */
            ended_at: string | null;
            /**
             * @description Counts what was done to it; also the ETag, for If-Match.
             * @example 2
             */
            version: number;
            /**
             * @description Revisions, previous versions and blocks of 1,000 offers, the worst 50 first; none below 100 devices.
             * @example [
             *       {
             *         "dimension": "chip_revision",
             *         "value": "C3-v0.4",
             *         "name": "revision C3-v0.4",
             *         "offered": 6,
             *         "pending": 0,
             *         "confirmed": 4,
             *         "failed": 2,
             *         "silent": 0,
             *         "released": 0,
             *         "excused": 0,
             *         "counted_failures": 2,
             *         "limit": 4
             *       }
             *     ]
             */
            parts: components["schemas"]["RolloutPartResponse"][];
        };
        LeftOutResponse: {
            /**
             * @example not_in_target
             * @enum {string}
             */
            reason: "not_in_target" | "never_checked" | "other_release" | "up_to_date" | "no_release" | "below_min_current_version" | "unparsable_current_version" | "update_loop" | "device_blocked" | "device_pending" | "rollout_waiting" | "rollout_paused" | "outside_window" | "attempts_exhausted" | "downgrade_not_accepted" | "below_secure_version";
            /** @example 12 */
            count: number;
            /**
             * @description At most five.
             * @example [
             *       123,
             *       456
             *     ]
             */
            example_ids: number[];
        };
        RolloutPreviewResponse: {
            /**
             * @description Devices that would be offered the firmware in the end.
             * @example 988
             */
            matched: number;
            /**
             * @description Of those, how many at once when it begins, by its phases and windows: none while its windows are closed then.
             * @example 8
             */
            offered_first: number;
            /**
             * @description The other devices of the type, by why they are not.
             * @example [
             *       {
             *         "reason": "not_in_target",
             *         "count": 12,
             *         "example_ids": [
             *           123,
             *           456
             *         ]
             *       }
             *     ]
             */
            left_out: components["schemas"]["LeftOutResponse"][];
            /**
             * @description Why nothing would be offered: a newer firmware is stable, so that no device goes back.
             * @example null
             */
            blocked_because: string | null;
        };
        RolloutDeviceResponse: {
            /** @example 123 */
            device_id: number;
            /**
             * @description The number of its offer.
             * @example 1
             */
            seq: number;
            /**
             * @example failed
             * @enum {string}
             */
            state: "pending" | "confirmed" | "failed" | "silent" | "released" | "excused";
            /**
             * @description What it ran when it was offered the firmware.
             * @example 1.0.0
             */
            previous_version: string | null;
            /** @example B */
            hw_revision: string | null;
            /** @example C3-v0.4 */
            chip_revision: string | null;
            /**
             * @description Silent devices of one site count once.
             * @example tag:site-munich
             */
            site: string | null;
            /**
             * @description Attempts that failed before it began to install.
             * @example 0
             */
            attempts: number;
            /** @example rolled back */
            error_message: string | null;
            /**
             * @description Why an operator excused it.
             * @example null
             */
            excuse: string | null;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            offered_at: string;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            installing_at: string | null;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            changed_at: string;
        };
        EvidencePointResponse: {
            /**
             * @description Offers until then.
             * @example 100
             */
            offered: number;
            /**
             * @description Of those the ones that count.
             * @example 98
             */
            counted: number;
            /**
             * @description Failures that count.
             * @example 2
             */
            failed: number;
            /**
             * @description At how many failures it would have stopped.
             * @example 9
             */
            limit: number;
            /**
             * Format: double
             * @description evidence : 1 of the rollout as a whole.
             * @example 0.4
             */
            evidence: number;
        };
        FactorResponse: {
            /**
             * @description previous_version, tag, or the key of an attribute.
             * @example hw_revision
             */
            dimension: string;
            /** @example B */
            value: string;
            /**
             * @description Devices with it that failed or are silent.
             * @example 4
             */
            failed: number;
            /**
             * @description Devices with it that were offered the firmware.
             * @example 6
             */
            offered: number;
        };
        RolloutFactorsResponse: {
            /**
             * @description Devices that were compared: the 20,000 that were offered it last.
             * @example 37
             */
            offered: number;
            /** @example 4 */
            failed: number;
            /**
             * @description The guiltiest 50 first.
             * @example [
             *       {
             *         "dimension": "hw_revision",
             *         "value": "B",
             *         "failed": 4,
             *         "offered": 6
             *       }
             *     ]
             */
            factors: components["schemas"]["FactorResponse"][];
        };
        ResumeRequest: {
            /**
             * Format: double
             * @description Higher than before: of a rollout that halted, if more failures are acceptable than was thought.
             * @example 0.05
             */
            max_failure_rate?: number;
        };
        ExcuseRequest: {
            /**
             * @description Devices that failed or are silent.
             * @example [
             *       123,
             *       456
             *     ]
             */
            device_ids: number[];
            /** @example The workshop had no power. */
            reason: string;
        };
        DownloadCountResponse: {
            /** @example 1 */
            firmware_id: number;
            /**
             * @description Number of downloads that started at the first byte.
             * @example 25
             */
            downloads: number;
            /**
             * Format: date-time
             * @example 2026-01-31T12:00:00.000Z
             */
            last_download_at: string | null;
        };
        HealthResponse: {
            /** @example ok */
            status: string;
        };
        HealthStatusResponse: {
            /**
             * @example ok
             * @enum {string}
             */
            status: "ok" | "degraded";
            /**
             * @description `ok` if the database answers; otherwise what is wrong.
             * @example ok
             */
            database: string;
            /**
             * @description `ok` if the firmware store can be written and has room for an image; otherwise what is wrong.
             * @example ok
             */
            store: string;
            /**
             * @description Seconds since the catalog of releases was last known to match the database. Above 30: degraded.
             * @example 2.1
             */
            catalog_age_seconds: number;
        };
        ProblemResponse: {
            /** @example about:blank */
            type: string;
            /** @example Bad Request */
            title: string;
            /** @example 400 */
            status: number;
            /**
             * @description One sentence for a person.
             * @example device_id must not be less than 1.
             */
            detail: string;
            /**
             * @description Stable; docs/errors.md lists them all.
             * @example VALIDATION_FAILED
             * @enum {string}
             */
            code: "BAD_REQUEST" | "MALFORMED_JSON" | "HTTPS_REQUIRED" | "VALIDATION_FAILED" | "DEVICE_LIST_INVALID" | "MIN_VERSION_ABOVE_VERSION" | "FIRMWARE_PATH_INVALID" | "FIRMWARE_FILE_MISSING" | "FIRMWARE_SIZE_MISMATCH" | "FIRMWARE_HASH_MISMATCH" | "FIRMWARE_FILE_EMPTY" | "UPLOAD_FILE_MISSING" | "UPLOAD_MALFORMED" | "PASSWORD_TOO_SHORT" | "PASSWORD_COMMON" | "ROLE_UNKNOWN" | "EXPIRY_IN_PAST" | "FILTER_INVALID" | "WEBHOOK_URL_NOT_ALLOWED" | "WEBHOOK_EVENT_UNKNOWN" | "UNAUTHENTICATED" | "INVALID_CREDENTIALS" | "ACCESS_ENDED" | "DEVICE_UNAUTHENTICATED" | "ENROLLMENT_KEY_INVALID" | "ENROLLMENT_KEY_REVOKED" | "ENROLLMENT_KEY_EXPIRED" | "NOT_ALLOWED" | "DOWNLOAD_SIGNATURE_INVALID" | "DOWNLOAD_SIGNATURE_EXPIRED" | "TOKEN_NOT_ALLOWED" | "ROLE_TOO_HIGH" | "CROSS_SITE_REQUEST" | "OTHER_DEVICE" | "DEVICE_BLOCKED" | "DEVICE_PENDING" | "ENROLLMENT_DEVICE_TYPE" | "ENROLLMENT_KEY_USED_UP" | "ROLLOUT_OWN" | "NOT_FOUND" | "FIRMWARE_NOT_FOUND" | "USER_NOT_FOUND" | "TOKEN_NOT_FOUND" | "DEVICE_NOT_FOUND" | "ENROLLMENT_KEY_NOT_FOUND" | "GROUP_NOT_FOUND" | "WEBHOOK_NOT_FOUND" | "ROLLOUT_NOT_FOUND" | "METHOD_NOT_ALLOWED" | "REQUEST_TIMEOUT" | "BODY_TIMEOUT" | "UPLOAD_STALLED" | "FIRMWARE_EXISTS" | "FIRMWARE_IN_USE" | "CHIP_MISMATCH" | "SECURE_VERSION_LOWER" | "FIRMWARE_PRUNED" | "USERNAME_TAKEN" | "USERNAME_CONFUSABLE" | "TOKEN_NAME_TAKEN" | "TOO_MANY_TOKENS" | "LAST_ADMIN" | "GROUP_NAME_TAKEN" | "GROUP_IN_ROLLOUT" | "GROUP_HAS_FILTER" | "GROUP_HAS_MEMBERS" | "ALREADY_ENROLLED" | "TOKEN_IN_USE" | "DEVICE_COUNT_CHANGED" | "DEVICE_HAS_IDENTITY" | "TOO_MANY_WEBHOOKS" | "FIRMWARE_IN_ROLLOUT" | "FIRMWARE_STABLE" | "FIRMWARE_NOT_OFFERABLE" | "ROLLOUT_WRONG_STATE" | "ROLLOUT_GROUP_GONE" | "ROLLOUT_UNCHANGED" | "ROLLOUT_NOTHING_TO_EXCUSE" | "ROLLOUT_STILL_HALTS" | "ROLLOUT_UNCONFIRMED" | "SCHEMA_DIFFERS" | "DATABASE_NOT_EMPTY" | "STORE_NOT_EMPTY" | "SECRETS_DIFFER" | "ROLLOUT_VERSION" | "BODY_TOO_LARGE" | "UPLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "RANGE_NOT_SATISFIABLE" | "IMAGE_NOT_AN_APPLICATION" | "IMAGE_IS_TEXT" | "IMAGE_TRUNCATED" | "IMAGE_HEADER_INVALID" | "IMAGE_SEGMENTS_INVALID" | "IMAGE_CHECKSUM_MISMATCH" | "IMAGE_HASH_MISMATCH" | "IMAGE_TRAILING_BYTES" | "IMAGE_SIGNATURE_MALFORMED" | "IMAGE_SIGNATURE_CRC_MISMATCH" | "IMAGE_SIGNATURE_DIGEST_MISMATCH" | "IMAGE_SIGNATURE_INVALID" | "IMAGE_NOT_TRUSTED" | "IMAGE_REQUIRED" | "IMAGE_VERSION_MISMATCH" | "IMAGE_VERSION_UNPARSABLE" | "FILTER_TOO_SLOW" | "ARCHIVE_DAMAGED" | "ARCHIVE_TOO_NEW" | "TOO_MANY_ATTEMPTS" | "RATE_LIMITED" | "TOO_MANY_STREAMS" | "HEADERS_TOO_LARGE" | "INTERNAL_ERROR" | "NOT_READY" | "DATABASE_UNAVAILABLE" | "FIRMWARE_FILE_DAMAGED" | "STORE_UNAVAILABLE" | "OVERLOADED";
            /**
             * @description Messages by field, if fields are invalid.
             * @example {
             *       "version": [
             *         "version must be MAJOR.MINOR.PATCH, optionally with -prerelease"
             *       ]
             *     }
             */
            errors?: Record<string, never>;
            /**
             * @description The id of the request, as in X-Request-Id and in the log.
             * @example 0b1e6a3e-8a4b-4d0e-9b39-3f2f6f6c1c55
             */
            request_id: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    AuditController_list: {
        parameters: {
            query?: {
                skip?: number;
                limit?: number;
                /** @description Name of the user, `user/token`, or id of the device. */
                actor?: string;
                action?: string;
                target?: string;
                /** @description Only rows of this time or later. ISO 8601 with a zone, or a date (UTC). */
                since?: string;
                /** @description Only rows before this time. */
                until?: string;
                /** @description Only rows with a higher id, the oldest first instead of the newest: to read the whole log, begin with 0 and continue after the last id of each page. */
                after_id?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of the list. */
            200: {
                headers: {
                    /** @description Number of rows on all pages. */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditRowResponse"][];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    AuditController_head: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The two ends. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditHeadResponse"];
                };
            };
            /** @description HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    AuditController_cut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AuditCutRequest"];
            };
        };
        responses: {
            /** @description How many rows were removed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditCutResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    AuthController_login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description The token. In Swagger UI, press Authorize and paste the access_token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INVALID_CREDENTIALS */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description TOO_MANY_ATTEMPTS */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    AuthController_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user, the role, and until when. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeResponse"];
                };
            };
            /** @description HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED, TOO_MANY_ATTEMPTS */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    AuthController_changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChangeRequest"];
            };
        };
        responses: {
            /** @description The password was changed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuccessResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, PASSWORD_TOO_SHORT, PASSWORD_COMMON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED, INVALID_CREDENTIALS */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED, TOKEN_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED, TOO_MANY_ATTEMPTS */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    SessionsController_begin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description The token; the cookie is in Set-Cookie. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INVALID_CREDENTIALS */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description CROSS_SITE_REQUEST */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description TOO_MANY_ATTEMPTS */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    SessionsController_end: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description There is no session any more. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuccessResponse"];
                };
            };
            /** @description HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description CROSS_SITE_REQUEST */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description TOO_MANY_ATTEMPTS */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    SessionsController_refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token; the next cookie is in Set-Cookie. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionResponse"];
                };
            };
            /** @description There is no session: log in. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description CROSS_SITE_REQUEST */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description TOO_MANY_ATTEMPTS */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    UsersController_list: {
        parameters: {
            query?: {
                skip?: number;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The users. */
            200: {
                headers: {
                    /** @description Number of rows on all pages. */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserResponse"][];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    UsersController_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserCreateRequest"];
            };
        };
        responses: {
            /** @description The user, who can log in now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, PASSWORD_TOO_SHORT, PASSWORD_COMMON, ROLE_UNKNOWN, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED, TOKEN_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description USERNAME_TAKEN, USERNAME_CONFUSABLE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    UsersController_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the user. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user is deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuccessResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description USER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description LAST_ADMIN */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    UsersController_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the user. */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChangeRequest"];
            };
        };
        responses: {
            /** @description The user as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, PASSWORD_TOO_SHORT, PASSWORD_COMMON, ROLE_UNKNOWN, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED, TOKEN_NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description USER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description USERNAME_TAKEN, USERNAME_CONFUSABLE, LAST_ADMIN */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    ApiTokensController_list: {
        parameters: {
            query?: {
                skip?: number;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tokens, of which only the beginnings are known. */
            200: {
                headers: {
                    /** @description Number of rows on all pages. */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenResponse"][];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    ApiTokensController_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenCreateRequest"];
            };
        };
        responses: {
            /** @description The token, which is shown this once. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenCreatedResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, ROLE_UNKNOWN, EXPIRY_IN_PAST, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED, TOKEN_NOT_ALLOWED, ROLE_TOO_HIGH */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description USER_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description TOKEN_NAME_TAKEN, TOO_MANY_TOKENS */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    ApiTokensController_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the token. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token is revoked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuccessResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description TOKEN_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    EventsController_follow: {
        parameters: {
            query?: {
                /** @description Only these kinds, separated by commas: firmware, rollout, device, attempt, server, audit. Default: all that your role may see. */
                kinds?: string;
            };
            header?: {
                /** @description The id of the last event that was received, at most an hour ago: continues behind it. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events, until the client closes the stream, its access ends or the server stops. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED, TOO_MANY_STREAMS */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    WebhooksController_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhooks, the oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookResponse"][];
                };
            };
            /** @description HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    WebhooksController_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookCreateRequest"];
            };
        };
        responses: {
            /** @description The webhook, and its secret, which is shown this once. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookCreatedResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, WEBHOOK_URL_NOT_ALLOWED, WEBHOOK_EVENT_UNKNOWN, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description TOO_MANY_WEBHOOKS */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    WebhooksController_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the webhook. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook is deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuccessResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    WebhooksController_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the webhook. */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookChangeRequest"];
            };
        };
        responses: {
            /** @description The webhook afterwards. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, WEBHOOK_URL_NOT_ALLOWED, WEBHOOK_EVENT_UNKNOWN, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    WebhooksController_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the webhook. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether it arrived. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookTestResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    WebhooksController_deliveries: {
        parameters: {
            query?: {
                skip?: number;
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The id of the webhook. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of the list. */
            200: {
                headers: {
                    /** @description Number of rows on all pages. */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryResponse"][];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description WEBHOOK_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FirmwareController_upload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    file: string;
                    /** @example scales_bridge_tab5 */
                    device_type: string;
                    /**
                     * @description Default: the version in the image.
                     * @example 1.0.0
                     */
                    version?: string;
                    /**
                     * @description The build number that it will be registered with, so that it can be checked now.
                     * @example 1
                     */
                    build_number?: number;
                    /**
                     * @description Accept an image that contains a version or build other than the published one.
                     * @default false
                     */
                    allow_version_mismatch?: boolean;
                    /**
                     * @description Accept an image whose version cannot be ordered.
                     * @default false
                     */
                    allow_unparsable_version?: boolean;
                    /**
                     * @description Accept a file that is not an ESP32 application image. Text is never accepted.
                     * @default false
                     */
                    allow_unknown_format?: boolean;
                    /**
                     * @description Accept an image for a different chip than before.
                     * @default false
                     */
                    allow_chip_change?: boolean;
                    /**
                     * @description Accept a secure version lower than that of the newest stable release.
                     * @default false
                     */
                    allow_lower_secure_version?: boolean;
                };
            };
        };
        responses: {
            /** @description The file is stored and synced to disk. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadResponse"];
                };
            };
            /** @description VALIDATION_FAILED, UPLOAD_FILE_MISSING, UPLOAD_MALFORMED, FIRMWARE_FILE_EMPTY, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UPLOAD_STALLED */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description IMAGE_NOT_AN_APPLICATION, IMAGE_IS_TEXT, IMAGE_TRUNCATED, IMAGE_HEADER_INVALID, IMAGE_SEGMENTS_INVALID, IMAGE_CHECKSUM_MISMATCH, IMAGE_HASH_MISMATCH, IMAGE_TRAILING_BYTES, IMAGE_SIGNATURE_MALFORMED, IMAGE_SIGNATURE_CRC_MISMATCH, IMAGE_SIGNATURE_DIGEST_MISMATCH, IMAGE_SIGNATURE_INVALID, IMAGE_NOT_TRUSTED, IMAGE_REQUIRED, IMAGE_VERSION_MISMATCH, IMAGE_VERSION_UNPARSABLE */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, STORE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FirmwareController_inspect: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** Format: binary */
                    file: string;
                    /** @example scales_bridge_tab5 */
                    device_type?: string;
                    /**
                     * @description Default: the version in the image.
                     * @example 1.0.0
                     */
                    version?: string;
                    /**
                     * @description The build number that it will be registered with, so that it can be checked now.
                     * @example 1
                     */
                    build_number?: number;
                    /**
                     * @description Accept an image that contains a version or build other than the published one.
                     * @default false
                     */
                    allow_version_mismatch?: boolean;
                    /**
                     * @description Accept an image whose version cannot be ordered.
                     * @default false
                     */
                    allow_unparsable_version?: boolean;
                    /**
                     * @description Accept a file that is not an ESP32 application image. Text is never accepted.
                     * @default false
                     */
                    allow_unknown_format?: boolean;
                    /**
                     * @description Accept an image for a different chip than before.
                     * @default false
                     */
                    allow_chip_change?: boolean;
                    /**
                     * @description Accept a secure version lower than that of the newest stable release.
                     * @default false
                     */
                    allow_lower_secure_version?: boolean;
                };
            };
        };
        responses: {
            /** @description The data read from the file, and the reasons why publishing it would be refused. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InspectionResponse"];
                };
            };
            /** @description VALIDATION_FAILED, UPLOAD_FILE_MISSING, UPLOAD_MALFORMED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UPLOAD_STALLED */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UPLOAD_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, STORE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FirmwareController_list: {
        parameters: {
            query?: {
                skip?: number;
                limit?: number;
                device_type?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of the list. */
            200: {
                headers: {
                    /** @description Number of rows on all pages. */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FirmwareResponse"][];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FirmwareController_register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FirmwareCreateRequest"];
            };
        };
        responses: {
            /** @description The registered firmware. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FirmwareDetailResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, MIN_VERSION_ABOVE_VERSION, FIRMWARE_PATH_INVALID, FIRMWARE_FILE_MISSING, FIRMWARE_SIZE_MISMATCH, FIRMWARE_HASH_MISMATCH, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_EXISTS, CHIP_MISMATCH, SECURE_VERSION_LOWER */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description IMAGE_NOT_AN_APPLICATION, IMAGE_IS_TEXT, IMAGE_TRUNCATED, IMAGE_HEADER_INVALID, IMAGE_SEGMENTS_INVALID, IMAGE_CHECKSUM_MISMATCH, IMAGE_HASH_MISMATCH, IMAGE_TRAILING_BYTES, IMAGE_SIGNATURE_MALFORMED, IMAGE_SIGNATURE_CRC_MISMATCH, IMAGE_SIGNATURE_DIGEST_MISMATCH, IMAGE_SIGNATURE_INVALID, IMAGE_NOT_TRUSTED, IMAGE_REQUIRED, IMAGE_VERSION_MISMATCH, IMAGE_VERSION_UNPARSABLE */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, STORE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FirmwareController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                firmware_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The firmware, active or not. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FirmwareDetailResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FirmwareController_deactivate: {
        parameters: {
            query?: {
                /** @description Delete the row and the file of a firmware that was never offered to a device. */
                purge?: boolean;
            };
            header?: never;
            path: {
                /** @description The id of the firmware to change. */
                firmware_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The firmware is inactive or deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FirmwareDeactivatedResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_IN_USE, FIRMWARE_IN_ROLLOUT */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FirmwareController_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the firmware to change. */
                firmware_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FirmwareChangeRequest"];
            };
        };
        responses: {
            /** @description The firmware after the change. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FirmwareDetailResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, MIN_VERSION_ABOVE_VERSION, FIRMWARE_FILE_MISSING, FIRMWARE_SIZE_MISMATCH, FIRMWARE_HASH_MISMATCH, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_PRUNED, CHIP_MISMATCH, SECURE_VERSION_LOWER */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description IMAGE_NOT_AN_APPLICATION, IMAGE_IS_TEXT, IMAGE_TRUNCATED, IMAGE_HEADER_INVALID, IMAGE_SEGMENTS_INVALID, IMAGE_CHECKSUM_MISMATCH, IMAGE_HASH_MISMATCH, IMAGE_TRAILING_BYTES, IMAGE_SIGNATURE_MALFORMED, IMAGE_SIGNATURE_CRC_MISMATCH, IMAGE_SIGNATURE_DIGEST_MISMATCH, IMAGE_SIGNATURE_INVALID, IMAGE_NOT_TRUSTED, IMAGE_REQUIRED, IMAGE_VERSION_MISMATCH, IMAGE_VERSION_UNPARSABLE */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, STORE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FirmwareController_verify: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                firmware_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file matches its hash. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FirmwareVerifiedResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_PRUNED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, FIRMWARE_FILE_DAMAGED, STORE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    StoreController_check: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The result of the comparison. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreReportResponse"];
                };
            };
            /** @description HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, STORE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    StoreController_clean: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StoreCleanRequest"];
            };
        };
        responses: {
            /** @description The removed files. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreCleanResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, STORE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    StoreController_prune: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PruneRequestBody"];
            };
        };
        responses: {
            /** @description The releases whose files were removed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PruneResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, STORE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    OtaCheckController_check: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CheckRequest"];
            };
        };
        responses: {
            /** @description An update, or the reason why there is none. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description OTHER_DEVICE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    ExplanationController_explain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the device, or its MAC address. */
                device_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The steps. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplanationResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    DevicesController_audience: {
        parameters: {
            query: {
                device_type: string;
                version: string;
                build_number: number;
                /** @description Default: no floor. */
                min_current_version?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts, according to the last check of each device. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AudienceResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    EnrollmentController_enroll: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnrollRequest"];
            };
        };
        responses: {
            /** @description The token of the device. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrollResponse"];
                };
            };
            /** @description An operator must accept the device first: ask again with the same key. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrollPendingResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ENROLLMENT_KEY_INVALID, ENROLLMENT_KEY_REVOKED, ENROLLMENT_KEY_EXPIRED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ENROLLMENT_DEVICE_TYPE, ENROLLMENT_KEY_USED_UP, DEVICE_BLOCKED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ALREADY_ENROLLED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    EnrollmentKeysController_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All keys, the newest first, also those that have ended. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrollmentKeyResponse"][];
                };
            };
            /** @description HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    EnrollmentKeysController_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnrollmentKeyRequest"];
            };
        };
        responses: {
            /** @description The key, which is shown only this once. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewEnrollmentKeyResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    EnrollmentKeysController_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the key to revoke. */
                key_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nobody can enrol with it any more. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuccessResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ENROLLMENT_KEY_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    DeviceIdentityController_mintAll: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeviceTokensRequest"];
            };
        };
        responses: {
            /** @description A token for each device. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceTokensResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, DEVICE_LIST_INVALID, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    DeviceIdentityController_mint: {
        parameters: {
            query?: {
                /** @description Revokes the tokens that a device has; required once it has used one. */
                reset?: boolean;
            };
            header?: never;
            path: {
                /** @description The id of the device, or its MAC address. */
                device_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceTokenResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description TOKEN_IN_USE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    DeviceIdentityController_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the device, or its MAC address. */
                device_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The device afterwards. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceAccessResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    DeviceIdentityController_accept: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the device, or its MAC address. */
                device_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The device afterwards. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceAccessResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    DeviceIdentityController_reject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the device, or its MAC address. */
                device_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The device afterwards. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceAccessResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_HAS_IDENTITY */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    DeviceIdentityController_block: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the device, or its MAC address. */
                device_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The device afterwards. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceAccessResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    DeviceIdentityController_unblock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the device, or its MAC address. */
                device_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The device afterwards. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceAccessResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    BulkController_bulk: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeviceBulkRequest"];
            };
        };
        responses: {
            /** @description The number of devices. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, FILTER_INVALID, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_COUNT_CHANGED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    BulkController_import: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DevicesImportRequest"];
            };
        };
        responses: {
            /** @description The number of devices in the table. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, DEVICE_LIST_INVALID, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FleetController_list: {
        parameters: {
            query?: {
                skip?: number;
                limit?: number;
                /** @description Only devices that match this filter, of at most 2000 characters; see docs/filters.md. Default: all. */
                q?: string;
                /** @description One of device_id, name, device_type, version, build_number, channel, status, reason, identity, check_interval, first_seen_at, last_seen_at, with `-` before it for descending. Devices with the same value are sorted by their ids; those without a value are last. */
                sort?: string;
                /** @description What X-Next of the page before says: the list continues there, however long it is. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of the list, or all of it as CSV. */
            200: {
                headers: {
                    /** @description Number of devices on all pages, as counted for the first one. */
                    "X-Total-Count"?: number;
                    /** @description The cursor of the next page, if there is one. */
                    "X-Next"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceResponse"][];
                };
            };
            /** @description VALIDATION_FAILED, FILTER_INVALID, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FILTER_TOO_SLOW */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FleetController_summary: {
        parameters: {
            query?: {
                /** @description Only devices that match this filter, of at most 2000 characters; see docs/filters.md. Default: all. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FleetSummaryResponse"];
                };
            };
            /** @description VALIDATION_FAILED, FILTER_INVALID, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FILTER_TOO_SLOW */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FleetController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the device, or its MAC address. */
                device_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The device. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FleetController_forget: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the device, or its MAC address. */
                device_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The device is forgotten. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuccessResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    FleetController_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the device, or its MAC address. */
                device_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeviceChangeRequest"];
            };
        };
        responses: {
            /** @description The device afterwards. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    GroupsController_list: {
        parameters: {
            query?: {
                skip?: number;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of the list. */
            200: {
                headers: {
                    /** @description Number of rows on all pages. */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupResponse"][];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    GroupsController_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupRequest"];
            };
        };
        responses: {
            /** @description The group. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, FILTER_INVALID, DEVICE_LIST_INVALID, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description GROUP_NAME_TAKEN */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    GroupsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the group. */
                group_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The group. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description GROUP_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    GroupsController_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the group. */
                group_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The group is deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuccessResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description GROUP_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description GROUP_IN_ROLLOUT */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    GroupsController_change: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the group. */
                group_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupChangeRequest"];
            };
        };
        responses: {
            /** @description The group afterwards. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, FILTER_INVALID, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description GROUP_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description GROUP_NAME_TAKEN, GROUP_HAS_MEMBERS, GROUP_IN_ROLLOUT */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    GroupsController_members: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the group. */
                group_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ids of the devices. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MembersResponse"];
                    "text/csv": components["schemas"]["MembersResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description GROUP_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    GroupsController_setMembers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the group. */
                group_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MembersRequest"];
                "text/csv": components["schemas"]["MembersRequest"];
            };
        };
        responses: {
            /** @description The group afterwards. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, DEVICE_LIST_INVALID, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description GROUP_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description GROUP_HAS_FILTER */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    StatusController_report: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StatusRequest"];
            };
        };
        responses: {
            /** @description The report is committed to disk. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description OTHER_DEVICE */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    LogsController_list: {
        parameters: {
            query?: {
                skip?: number;
                limit?: number;
                device_id?: number;
                firmware_id?: number;
                status?: "pending" | "downloading" | "installing" | "success" | "failed";
                /** @description Only attempts opened at this time or later. ISO 8601 with a zone, or a date (UTC). */
                since?: string;
                /** @description Only attempts opened before this time. */
                before?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of the list. */
            200: {
                headers: {
                    /** @description Number of rows on all pages. */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogResponse"][];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_list: {
        parameters: {
            query?: {
                skip?: number;
                limit?: number;
                /** @description Only those in these states, separated by commas: draft, waiting_for_approval, scheduled, running, paused, halted, finished, aborted. */
                state?: string;
                /** @description Only those of this firmware. */
                firmware_id?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of the list. */
            200: {
                headers: {
                    /** @description Number of rows on all pages. */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutResponse"][];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RolloutRequest"];
            };
        };
        responses: {
            /** @description The rollout. */
            200: {
                headers: {
                    /** @description Its version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutDetailResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, FILTER_INVALID, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_NOT_OFFERABLE, FIRMWARE_STABLE, FIRMWARE_IN_ROLLOUT, ROLLOUT_GROUP_GONE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FILTER_TOO_SLOW */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_preview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RolloutRequest"];
            };
        };
        responses: {
            /** @description The devices. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutPreviewResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, FILTER_INVALID, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_NOT_OFFERABLE, FIRMWARE_STABLE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FILTER_TOO_SLOW */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the rollout. */
                rollout_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rollout. */
            200: {
                headers: {
                    /** @description Its version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutDetailResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_devices: {
        parameters: {
            query?: {
                skip?: number;
                limit?: number;
                /** @description Only those in this state. */
                state?: "pending" | "confirmed" | "failed" | "silent" | "released" | "excused";
            };
            header?: never;
            path: {
                /** @description The id of the rollout. */
                rollout_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of the list. */
            200: {
                headers: {
                    /** @description Number of rows on all pages. */
                    "X-Total-Count"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutDeviceResponse"][];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_evidence: {
        parameters: {
            query?: {
                points?: number;
            };
            header?: never;
            path: {
                /** @description The id of the rollout. */
                rollout_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description At most as many points as were asked for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EvidencePointResponse"][];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_factors: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the rollout. */
                rollout_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What they have in common. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutFactorsResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_start: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the rollout as it was seen: it is refused when somebody has acted on it since. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id of the rollout. */
                rollout_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rollout. */
            200: {
                headers: {
                    /** @description Its version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutDetailResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_NOT_OFFERABLE, FIRMWARE_STABLE, ROLLOUT_GROUP_GONE, ROLLOUT_WRONG_STATE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_VERSION */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_approve: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the rollout as it was seen: it is refused when somebody has acted on it since. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id of the rollout. */
                rollout_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rollout. */
            200: {
                headers: {
                    /** @description Its version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutDetailResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED, ROLLOUT_OWN */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_NOT_OFFERABLE, FIRMWARE_STABLE, ROLLOUT_GROUP_GONE, ROLLOUT_WRONG_STATE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_VERSION */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_pause: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the rollout as it was seen: it is refused when somebody has acted on it since. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id of the rollout. */
                rollout_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rollout. */
            200: {
                headers: {
                    /** @description Its version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutDetailResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_WRONG_STATE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_VERSION */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_abort: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the rollout as it was seen: it is refused when somebody has acted on it since. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id of the rollout. */
                rollout_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rollout. */
            200: {
                headers: {
                    /** @description Its version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutDetailResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_WRONG_STATE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_VERSION */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_finish: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the rollout as it was seen: it is refused when somebody has acted on it since. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id of the rollout. */
                rollout_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rollout. */
            200: {
                headers: {
                    /** @description Its version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutDetailResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_WRONG_STATE, ROLLOUT_UNCONFIRMED */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_VERSION */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_resume: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the rollout as it was seen: it is refused when somebody has acted on it since. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id of the rollout. */
                rollout_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResumeRequest"];
            };
        };
        responses: {
            /** @description The rollout. */
            200: {
                headers: {
                    /** @description Its version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutDetailResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_WRONG_STATE, ROLLOUT_UNCHANGED, ROLLOUT_STILL_HALTS */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_VERSION */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    RolloutsController_excuse: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of the rollout as it was seen: it is refused when somebody has acted on it since. */
                "If-Match"?: string;
            };
            path: {
                /** @description The id of the rollout. */
                rollout_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExcuseRequest"];
            };
        };
        responses: {
            /** @description The rollout. */
            200: {
                headers: {
                    /** @description Its version, for If-Match. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutDetailResponse"];
                };
            };
            /** @description VALIDATION_FAILED, MALFORMED_JSON, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED, ACCESS_ENDED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TIMEOUT */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_WRONG_STATE, ROLLOUT_NOTHING_TO_EXCUSE */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description ROLLOUT_VERSION */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description BODY_TOO_LARGE */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    DownloadController_download: {
        parameters: {
            query?: {
                /** @description Part of a signed URL. */
                sig?: string;
                /** @description Part of a signed URL. */
                expires?: number;
                /** @description Part of a signed URL. */
                device_id?: number;
            };
            header?: {
                /** @description The ETag of the bytes that you have. */
                "If-None-Match"?: string;
                /** @description The ETag of the bytes that you have. */
                "If-Range"?: string;
                Range?: string;
            };
            path: {
                firmware_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The whole file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description The requested range. If it does not start at the first byte, ETag is the only header that describes the file. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The file is at DOWNLOAD_BASE_URL. Only GET is redirected. */
            302: {
                headers: {
                    /** @description An absolute https URL. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The file has not changed. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DEVICE_UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description OTHER_DEVICE, DEVICE_BLOCKED, DEVICE_PENDING, DOWNLOAD_SIGNATURE_INVALID, DOWNLOAD_SIGNATURE_EXPIRED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RANGE_NOT_SATISFIABLE */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description FIRMWARE_FILE_DAMAGED, STORE_UNAVAILABLE, OVERLOADED */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    DownloadCountController_count: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                firmware_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The count, updated within a second of a download. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DownloadCountResponse"];
                };
            };
            /** @description VALIDATION_FAILED, HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_ALLOWED */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description RATE_LIMITED */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description DATABASE_UNAVAILABLE */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    HealthController_check: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process is up. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    HealthController_ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready to serve. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_READY */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
    HealthController_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Everything works. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthStatusResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description Something does not work; the response says what. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthStatusResponse"];
                };
            };
        };
    };
    MetricsController_read: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The metrics in the Prometheus text format. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description HTTPS_REQUIRED */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description UNAUTHENTICATED */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description NOT_FOUND */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
            /** @description INTERNAL_ERROR */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemResponse"];
                };
            };
        };
    };
}
