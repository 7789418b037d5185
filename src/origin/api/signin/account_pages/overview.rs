//! The account overview and data download.

use http::{HeaderValue, header};

use super::Holder;
use crate::origin::{
    api::directory::users::export::PersonExport,
    domain::change_error::ChangeError,
    http::{Response, response},
    pages::account::{Overview, Section},
};

/// Path of the data download.
pub(super) const DATA: &str = "/account/data";

/// Path of the logout.
const SIGN_OUT: &str = "/v1/iam/oauth/logout";

account_page! {
    /// Returns the page of the account of the person who is signed in.
    OverviewPage = GET "/account" as "getAccountPage";
    overview: (Overview, Session), page
}

account_page! {
    /// Returns everything that is recorded about the person who is signed in, as a file.
    DataPage = GET "/account/data" as "downloadAccountData";
    data: (Overview, Session), download
}

async fn page(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    let user = holder.user();
    let person = format!("{}/{}", user.owner, user.name);
    let overview = Overview {
        person: &person,
        display_name: &user.display_name,
        email: &user.email,
        phone: &user.phone,
        sign_out: SIGN_OUT,
        data: DATA,
    };
    Ok(holder.page(|_, texts| overview.content(texts)))
}

async fn download(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    let export = PersonExport::of(holder.origin, holder.user().clone()).await?;
    let mut file = response::no_store(response::json(http::StatusCode::OK, &export));
    let disposition = HeaderValue::from_static("attachment; filename=\"account.json\"");
    file.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    Ok(file)
}
