//! Texts of the account pages.

use super::texts;

texts! {
    /// Texts of the account pages.
    Account {
        overview: "Your account";
        profile: "Profile";
        password: "Password";
        passkeys: "Passkeys";
        factors: "Second step";
        sessions: "Devices";
        applications: "Applications";
        keys: "API keys";
        activity: "Activity";
        delete: "Delete account";
        navigation: "Account";
        signed_in_as: "Signed in as {person}.";
        sign_out: "Sign out";
        saved: "Saved.";
        save: "Save";
        remove: "Remove";
        rename: "Rename";
        change: "Change";
        name: "Name";
        never_used: "Never used";
        last_used: "Last used {time}";
        added: "Added {time}";
        nothing: "There is nothing here yet.";
        stale: "This was changed by another request. Please try again.";
        unknown: "This does not exist any more.";
        failed: "This could not be changed: {why}.";

        username: "Username";
        email: "Email address";
        phone: "Phone number";
        none: "None";
        organization: "Organization";
        display_name: "Your name";
        avatar: "Address of your picture";
        bio: "About you";
        homepage: "Homepage";
        language: "Language";
        language_of_browser: "As your browser asks for";
        download_data: "Download your data";

        password_why: "A new password signs you out everywhere else.";
        old_password: "Current password";
        new_password: "New password";
        password_hint: "At least 8 characters. Longer is better: a few random words are easy to remember.";
        set_password: "Set password";
        password_changed: "Your password has been changed. You are signed out everywhere else.";

        passkeys_why: "A passkey signs you in with your fingerprint, your face or the PIN of your device.";
        passkey: "Passkey";
        synced: "Synced between devices";
        name_of: "Name of {name}";
        remove_it: "Remove {name}";

        factors_why: "A second step protects your account when your password is known to others.";
        app: "Authenticator app";
        by_email: "Code by email to {address}";
        by_sms: "Code by text message to {address}";
        preferred: "Asked for first";
        prefer: "Ask for this first";
        set_up_app: "Set up an authenticator app";
        replace_app: "Set up another authenticator app";
        recovery_codes: "Recovery codes";
        recovery_left: "{count} codes are left.";
        recovery_why: "Each code works once, when you do not have your device.";
        renew_recovery: "Make new codes";
        remembered: "Remembered browsers";
        remembered_why: "These browsers are not asked for the second step.";
        forget_browsers: "Forget all of them";
        until: "Until {time}";
        enrolment_expired: "This took too long. Please start again.";

        sessions_why: "Where you are signed in.";
        this_device: "This device";
        unknown_device: "Unknown device";
        last_active: "Last active {time}";
        end_session: "Sign out {device}";
        end_others: "Sign out everywhere else";

        applications_why: "What you have allowed applications of others.";
        withdraw: "Withdraw access of {application}";

        keys_why: "Programs use a key in your name. Whoever has it can do what it allows.";
        key_name: "Name of the key";
        key_limits: "Limits";
        key_limits_hint: "For example read:*, product:ai or model:zen. Leave it empty to allow all that you may do.";
        key_days: "Days until it ends";
        key_days_hint: "Leave it empty if it should not end.";
        create_key: "Create a key";
        key_made: "Your new key";
        key_once: "Copy it now. It is not shown again.";
        revoke: "Revoke {name}";
        unlimited: "No limits";
        ends: "Ends {time}";

        activity_why: "What was done with your account lately.";

        delete_why: "Your account and everything that belongs to it are deleted for good.";
        delete_confirm: "Type {name} to confirm";
        delete_mismatch: "This is not your username.";
        delete_for_good: "Delete for good";
        deleted: "Account deleted";
        deleted_text: "Your account has been deleted. You can close this page.";
    }
}
