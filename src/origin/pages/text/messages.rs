//! Texts of the messages to people.

use super::texts;

texts! {
    /// Texts of the messages to people.
    Messages {
        signin_subject: "{code} is your code for {application}";
        signin: "Enter this code to sign in to {application}.";
        signup_subject: "{code} is your code for {application}";
        signup: "Enter this code to confirm your address and create an account at {organization}.";
        reset_subject: "{code} is your code for a new password";
        reset: "Enter this code to choose a new password for your account at {organization}.";
        verify_subject: "{code} confirms your address";
        verify: "Enter this code to confirm this address for your account at {organization}.";
        short: "{application} ({organization}) code {code}. Never give it to anyone who asks for it.";
        lasts: "It lasts for 10 minutes and works once. Never give it to anyone who asks for it, not even to us.";
        not_you: "If you did not ask for it, ignore this message: nothing happens without the code.";
        open: "Continue in the browser where you asked";

        exists_subject: "You already have an account at {organization}";
        exists: "Someone, probably you, tried to create an account at {organization} with this address. You already have one.";
        exists_what: "Sign in with it, or choose a new password if you have forgotten yours. If this was not you, there is nothing to do.";

        password_subject: "Your password was changed";
        password: "The password of your account {account} was changed at {time}, and every device was signed out.";
        email_subject: "Your address was changed";
        email: "The e-mail address of your account {account} was changed at {time}. Messages go to {address} now.";
        phone_subject: "Your phone number was changed";
        phone: "The phone number of your account {account} was changed at {time} to {address}.";
        was_it_you: "If this was not you, choose a new password at once, and tell the administrator of {organization}.";
    }
}
