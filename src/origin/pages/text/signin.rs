//! Texts of the sign-in pages.

use super::texts;

texts! {
    /// Texts of the sign-in pages.
    Signin {
        sign_in: "Sign in";
        to_continue: "to continue to {application}";
        to_your_account: "to your account";
        organization: "Organization: {organization}";
        organization_label: "Organization";
        login: "Username or email";
        password: "Password";
        show_password: "Show password";
        not_you: "Use another account";
        or: "or";
        forgot_password: "Forgot your password?";
        create_account: "Create an account";
        have_account: "I have an account";
        with_passkey: "Sign in with a passkey";
        with_wallet: "Sign in with a wallet";
        with_wallet_named: "Sign in with {wallet}";
        wallet_cancelled: "The wallet did not sign. Try again, or sign in another way.";
        wallet_failed: "The wallet could not be used. Try again, or sign in another way.";
        wallet_wrong: "The wallet could not be verified, or it belongs to no account.";
        with_code: "Send me a code";
        with_password: "Sign in with a password";
        no_method: "{application} offers no way to sign in here.";
        wrong: "The username or password is wrong.";
        locked: "Too many wrong attempts. Sign-in is locked for 15 minutes; please try again later.";
        rate_limited: "Too many sign-in attempts from this network. Please try again in 10 minutes.";
        disabled: "The account is disabled.";
        malformed_password: "A password has at most 128 bytes, and is not empty.";
        not_admitted: "This account may not use this application.";
        other_account: "The application asked for another account. Please sign in with that one.";
        sign_in_again: "Please sign in again to allow this.";
        unmet: "The application demands a sign-in that is stronger than your account allows.";
        start_again: "This sign-in has expired. Please start again.";

        email: "Email address";
        address_wrong: "This is not an email address that messages can be sent to.";
        signup_why: "We send a code to your address first.";
        your_name: "Your name";
        username_optional: "Username (optional)";
        username_taken: "Another account has this username. Please choose another one.";
        invitation: "Invitation code";
        invitation_wrong: "The invitation is unknown, or cannot be used any longer.";
        accept_terms: "I accept the {terms}.";
        terms: "terms of use";
        terms_needed: "Please accept the terms of use.";
        signup_full: "The organization takes no more accounts at present.";
        new_password: "New password";
        password_rules: "At least 8 characters. A few words that do not belong together are best.";
        forgot_title: "Choose a new password";
        forgot_why: "We send a code to the verified address of your account.";
        choose_password: "Choose a new password";
        save_password: "Save the password";
        password_changed: "Your password was changed. Please sign in with it.";

        second_title: "Confirm that it is you";
        second_for: "Signing in as {person}.";
        email_code: "Code by email";
        sms_code: "Code by text message";
        with_provider: "Identity provider";
        totp: "Authenticator app";
        totp_hint: "Enter the six digits that your authenticator app shows.";
        code_label: "Code";
        recovery: "Recovery code";
        recovery_hint: "Enter one of the recovery codes that you saved. Each works once.";
        use_passkey: "Use a passkey";
        passkey_hint: "Your device asks for your fingerprint, face or PIN, or for your security key.";
        passkey_wrong: "The passkey could not be verified. Please try again, or choose another way.";
        passkey_cancelled: "The passkey was not used: it was cancelled, or took too long. You can try again.";
        passkey_exists: "This device has a passkey for your account already.";
        passkey_failed: "This browser could not use a passkey here.";
        passkey_needs_script: "Passkeys need JavaScript and a browser that supports them. Please choose another way.";
        passkey_most: "Your account has as many passkeys as it can have. Please remove one first.";
        other_ways: "Other ways";
        remember_browser: "Do not ask again in this browser for {days} days";
        verify: "Verify";
        sign_in_instead: "Sign in again";
        code_wrong: "The code is wrong or has been used already.";
        next: "Next";
        code_title: "Enter the code";
        code_ended: "The code has expired. Please ask for another one.";
        code_too_many: "A code was sent a moment ago, or too many were sent today. Please wait before you ask for another one.";
        code_link: "Sign in with the code of this message in this browser.";
        code_elsewhere: "Enter this code in the browser where you asked for it.";
        code_sent: "If the address belongs to an account, a code is on its way to it.";
        code_sent_to: "A code is on its way to {address}.";
        send_again: "Send another code";

        enrol_title: "Protect your account";
        enrol_why: "{organization} asks for a second step when you sign in.";
        enrol_app: "Use an authenticator app";
        enrol_scan: "Scan this code with an authenticator app, or enter the key by hand. Then enter the six digits that it shows.";
        enrol_key: "Key";
        enrol_passkey: "Create a passkey";
        enrol_passkey_why: "A passkey is kept by your device or security key, and works only on this site.";
        recovery_title: "Save your recovery codes";
        recovery_why: "If you lose your device, each of these codes lets you in once. Keep them in a safe place: they are not shown again.";
        recovery_saved: "I have saved them";

        choose_title: "Choose an account";
        choose_other: "Use another account";
        signed_in_now: "Signed in";
        choose_to: "to continue to {application}";
        sign_out_of: "Sign out {person}";
        sign_out_all: "Sign out of all accounts";
        other_organization: "Use another organization";

        allow_title: "Allow access?";
        asks: "{application} of {organization} asks to act for {person}.";
        asks_to: "It asks to:";
        allow: "Allow";
        deny: "Deny";
        platform_notice: "It will be able to {administer} in your name. Continue only if you opened it yourself just now.";
        administer_platform: "administer the whole platform";
        scope_openid: "Know who you are";
        scope_profile: "Read your name and profile";
        scope_email: "Read your email address";
        scope_phone: "Read your phone number";
        scope_address: "Read your postal address";
        scope_offline: "Keep this access while you are away";
        scope_other: "Use the permission {scope}";
        call_resource: "Call {resource} in your name";

        device_title: "Connect a device";
        device_enter: "Enter the code that your device shows.";
        device_asks: "{application} on another device asks to act for {person}.";
        device_check: "Allow it only if your device shows this code right now.";
        device_connected: "Device connected";
        device_go_back: "You can close this page and go back to your device.";
        device_denied: "Request denied";
        device_not_connected: "The device was not connected. You can close this page.";
        device_not_possible: "Not possible";
        device_not_admitted: "The account {person} may not use {application}.";
        device_unknown: "The code is unknown or has expired. Check it, or start again on your device.";
        device_too_many: "Too many codes from this network. Please try again in 10 minutes.";

        sign_out_title: "Sign out?";
        signed_in_as: "You are signed in as {person}.";
        sign_out: "Sign out";
        signed_out: "You are signed out";
        sign_out_frame: "Sign-out of an application";
    }
}
